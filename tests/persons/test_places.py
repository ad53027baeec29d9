"""Where people ask from, and what their organisations forbid."""

from dataclasses import replace
from ipaddress import ip_address

import pytest
from django.test import Client

from talkoo.access.context import Zone
from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import Resource, allows
from talkoo.engines.policy import Rules
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.people.actions.networks import declare_network, remove_network
from talkoo.people.actions.rules import decide_rules, propose_rules
from talkoo.people.models import Network, Person
from talkoo.people.queries import subject_of
from talkoo.people.queries.networks import networks
from talkoo.people.queries.rules import effect, in_force, lines
from tests.people import enters, organisation, person, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Harbour Region")


@pytest.fixture
def town(region):
    return organisation("Norrby", region)


@pytest.fixture
def officer(region, town):
    return subject("Ines", region, Role.SECURITY_OFFICER)


def zone(person, address):
    return subject_of(person, address=ip_address(address)).context.zone


def test_the_narrowest_network_of_ones_organisations_says_where_one_is(officer, region, town):
    amina, stranger = person("Amina", town), person("Mei", organisation("Elsewhere"))
    declare_network(by=officer, organisation=region, network="192.0.0.0/16", zone="office")
    declare_network(by=officer, organisation=town, network="192.0.2.0/24", zone="vpn")
    declare_network(by=officer, organisation=town, network="192.0.2.128/25", zone="public", label="Guests")
    assert zone(amina, "192.0.9.1") == Zone.OFFICE
    assert zone(amina, "192.0.2.1") == Zone.VPN
    assert zone(amina, "192.0.2.200") == Zone.PUBLIC
    assert zone(amina, "198.51.100.1") == Zone.UNKNOWN
    assert zone(amina, "2001:db8::1") == Zone.UNKNOWN
    assert zone(stranger, "192.0.9.1") == Zone.UNKNOWN
    assert subject_of(amina).context.zone == Zone.UNKNOWN
    assert [known.words for known in networks(town)][1:] == ["Lies in 192.0.2.0/24 (VPN); here, this one counts."]


def test_of_two_words_on_one_network_the_more_cautious_counts(officer, region, town):
    for place, said in ((region, "office"), (town, "public")):
        declare_network(by=officer, organisation=place, network="192.0.2.0/24", zone=said)
    assert zone(person("Amina", town), "192.0.2.1") == Zone.PUBLIC


def test_a_request_is_asked_from_where_it_comes(officer, town):
    declare_network(by=officer, organisation=town, network="192.0.2.0/24", zone="office")
    client = Client(REMOTE_ADDR="::ffff:192.0.2.9")
    client.force_login(person("Selma", town, Role.SECURITY_OFFICER))
    assert b"You are asking from 192.0.2.9: an office network." in client.get("/security/").content


def test_declaring_again_changes_and_removing_forgets(officer, town):
    amina = person("Amina", town)
    for said in ("office", "vpn"):
        declare_network(by=officer, organisation=town, network="192.0.2.0/24", zone=said)
    assert zone(amina, "192.0.2.1") == Zone.VPN
    remove_network(by=officer, organisation=town, number=Network.objects.get().pk)
    assert zone(amina, "192.0.2.1") == Zone.UNKNOWN


@pytest.mark.parametrize(
    ("network", "words"),
    [("0.0.0.0/0", "too wide"), ("2000::/3", "too wide"), ("127.0.0.0/8", "TALKOO_BEHIND_PROXY"), ("x", "no network")],
)
def test_networks_that_would_let_everybody_in_are_refused(officer, town, network, words):
    with pytest.raises(Invalid) as refused:
        declare_network(by=officer, organisation=town, network=network, zone="office")
    assert words in refused.value.fields["network"]


def test_in_a_demonstration_the_machine_itself_may_be_the_office(officer, town, settings):
    settings.DEMO = True
    assert declare_network(by=officer, organisation=town, network="127.0.0.0/8", zone="office")


def test_nobody_declares_a_home_or_in_another_house(officer, town):
    with pytest.raises(Invalid):
        declare_network(by=officer, organisation=town, network="192.0.2.0/24", zone="home")
    for by in (subject("Carl", town), subject("Abel", organisation("Elsewhere"), Role.SECURITY_OFFICER)):
        with pytest.raises(Denied):
            declare_network(by=by, organisation=town, network="192.0.2.0/24", zone="office")


# What an organisation forbids


def test_a_change_takes_two_people_and_then_holds_below(officer, region, town):
    amina = person("Amina", town)
    change = propose_rules(by=officer, organisation=region, rules={"others": 1, "export": 2}, because="A new law.")
    assert subject_of(amina).house_rules == {}
    with pytest.raises(Denied, match="proposed this yourself"):
        decide_rules(by=officer, organisation=region, number=change.pk, approve=True)
    aino = subject("Aino", region, Role.ADMINISTRATOR)
    decide_rules(by=aino, organisation=region, number=change.pk, approve=True)
    assert in_force(region) == {"others": 1, "export": 2}
    assert subject_of(amina).house_rules == {place.pk: Rules(others=1, export=2) for place in (region, town)}
    with pytest.raises(Conflict):
        decide_rules(by=aino, organisation=region, number=change.pk, approve=False)


def test_below_it_the_stricter_of_both_holds(officer, region, town):
    aino = subject("Aino", region, Role.ADMINISTRATOR)
    for place, rules in ((region, {"office": 2, "key": 3}), (town, {"office": 3, "key": 1})):
        change = propose_rules(by=officer, organisation=place, rules=rules, because="So.")
        decide_rules(by=aino, organisation=place, number=change.pk, approve=True)
    held = subject_of(person("Amina", town)).house_rules
    assert held == {region.pk: Rules(office=2, key=3), town.pk: Rules(office=2, key=1)}


def test_a_rule_in_force_refuses_at_the_door(officer, region, town):
    amina = person("Amina", town)
    work = Resource("batch", "x", town.pk, frozenset({"participant"}), sensitivity=1)
    assert allows(subject_of(amina), Permission.BATCH_SEE, work)
    change = propose_rules(by=officer, organisation=town, rules={"office": 1}, because="So.")
    decide_rules(by=subject("Aino", region, Role.ADMINISTRATOR), organisation=town, number=change.pk, approve=True)
    assert not allows(subject_of(amina), Permission.BATCH_SEE, work)
    inside = replace(subject_of(amina), context=replace(subject_of(amina).context, zone=Zone.OFFICE))
    assert allows(inside, Permission.BATCH_SEE, work)


def test_a_proposal_is_taken_back_by_whoever_made_it_and_one_waits_at_a_time(officer, town):
    change = propose_rules(by=officer, organisation=town, rules={"home": 1}, because="So.")
    with pytest.raises(Conflict, match="waits"):
        propose_rules(by=officer, organisation=town, rules={"home": 2}, because="So.")
    decide_rules(by=officer, organisation=town, number=change.pk, approve=False)
    assert in_force(town) == {}
    with pytest.raises(Conflict, match="holds now"):
        propose_rules(by=officer, organisation=town, rules={}, because="So.")


@pytest.mark.parametrize(
    ("rules", "because"), [({"office": 0}, "So."), ({"office": 4}, "So."), ({"all": 1}, "So."), ({"office": 1}, " ")]
)
def test_nothing_else_can_be_proposed(officer, town, rules, because):
    with pytest.raises(Invalid):
        propose_rules(by=officer, organisation=town, rules=rules, because=because)


def test_the_difference_is_shown_to_whoever_decides(officer, region, town):
    propose_rules(by=officer, organisation=town, rules={"home": 2}, because="Letters with names.")
    client = Client()
    enters(client, Person.objects.get(pk=subject("Aino", region, Role.ADMINISTRATOR).person_id))
    page = client.get(f"/organisations/{town.code}/rules/").content.decode()
    assert "<del>not forbidden</del>" in page
    assert "<ins>confidential and above</ins>" in page
    assert "Letters with names." in page
    assert [line.name for line in lines({}, {"home": 2}) if line.differs] == ["home"]
    assert "Put it in force" in page
    enters(client, Person.objects.get(pk=officer.person_id))
    page = client.get(f"/organisations/{town.code}/rules/").content.decode()
    assert "Put it in force" not in page
    assert "Take it back" in page


# Asked ahead


def cell(page, situation, standing=0):
    """What stands in a row of the table, without tags."""
    row = page.partition(f'<th scope="row">{situation}</th>')[2].partition("</tr>")[0]
    return [part.partition("</td>")[0] for part in row.split("<td>")[1:]][standing]


def test_the_outlook_says_what_the_rules_say_and_what_a_waiting_change_turns_round(officer, region, town):
    client = Client()
    enters(client, Person.objects.get(pk=officer.person_id))
    address = f"/organisations/{town.code}/outlook/"
    page = client.get(address).content.decode()
    assert cell(page, "Office, second factor") == "yes"
    assert cell(page, "Office, password") == "needs a second factor"
    assert cell(page, "Office, second factor", standing=4) == "no"
    assert cell(page, "Office, password", standing=4) == "no"
    assert "<del>" not in page
    propose_rules(by=officer, organisation=town, rules={"office": 1}, because="So.")
    page = client.get(address, {"level": "1", "act": "work"}).content.decode()
    assert cell(page, "Office, password") == "yes"
    assert cell(page, "Home, second factor") == "<del>yes</del> <ins>needs office or VPN</ins>"
    assert "turns 15 of these answers round" in page


def test_what_is_forbidden_above_stays_forbidden_whatever_is_proposed_below(officer, region, town):
    aino = subject("Aino", region, Role.ADMINISTRATOR)
    change = propose_rules(by=officer, organisation=region, rules={"office": 1}, because="So.")
    decide_rules(by=aino, organisation=region, number=change.pk, approve=True)
    propose_rules(by=officer, organisation=town, rules={"home": 1}, because="So.")
    found = effect(subject_of(Person.objects.get(pk=officer.person_id)), town)
    assert (found.now, found.then) == (Rules(office=1), Rules(office=1, home=1))
