"""What is held of people is declared beside it, given to them, and erased: nothing else, and nothing less."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey
from django.utils import timezone

from talkoo.access.actions.tokens import make_personal_token
from talkoo.access.permissions import Role
from talkoo.access.subject import Credential
from talkoo.audit.models import Event
from talkoo.desk.actions.erasing import erase_person
from talkoo.desk.actions.my_data import take_my_data
from talkoo.desk.processing import assessment, register
from talkoo.desk.queries.holdings import HOLDINGS, held_of
from talkoo.lib.errors import Conflict, Denied, Missing
from talkoo.lib.holdings import Erasure
from talkoo.microtasks.actions.assignments import report_problem
from talkoo.microtasks.actions.handing_over import let_go
from talkoo.notify.actions.telling import tell
from talkoo.people.actions.invitations import accept_invitation, hashed
from talkoo.people.actions.networks import declare_network
from talkoo.people.actions.persons import edit_profile, reactivate_person
from talkoo.people.actions.skills import state_skills
from talkoo.people.models import Invitation, Person, PersonSkill, Skill
from talkoo.people.queries import subject_of
from tests.microtasks.made import open_batch, send, take
from tests.people import subject

pytestmark = pytest.mark.django_db
TABLES = [table for holding in HOLDINGS for table in holding.tables]
OF_LIBRARIES = {"account.EmailAddress", "mfa.Authenticator"}


def _points_at_people():
    for model in apps.get_models():
        if model.__module__.startswith("talkoo.") or model._meta.label in OF_LIBRARIES:
            for field in model._meta.concrete_fields:
                if isinstance(field, ForeignKey) and field.related_model is Person:
                    yield model._meta.label, field.name


def test_every_column_that_points_at_a_person_is_declared():
    declared = {(table.model, table.person) for table in TABLES}
    assert set(_points_at_people()) <= declared
    assert ("audit.Event", "actor_id") in declared


def test_every_path_of_a_declaration_leads_somewhere():
    for table in TABLES:
        assert list(table.rows(0).values(*table.shows)) == [], table.model


def test_what_is_kept_says_why():
    for holding in HOLDINGS:
        kept = any(table.erasure == Erasure.KEPT for table in holding.tables)
        assert bool(holding.because) == kept, holding.key


@pytest.fixture
def admin(region, norrby, ekhamn):
    return subject("Aino", region, Role.ADMINISTRATOR, Role.COORDINATOR)


@pytest.fixture
def ulla(admin, norrby):
    """Somebody of whom every kind of thing is held."""
    Invitation.objects.create(
        token_hash=hashed("hers"), email="ulla.unusual@test.example", name="Ulla Unusual", organisation=norrby,
        invited_by_id=admin.person_id, expires=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    return subject_of(accept_invitation(token="hers", name="Ulla Unusual", password="a long pass phrase of hers"))


@pytest.fixture
def worked(ulla, owner, ekhamn):
    edit_profile(by=ulla, name="Ulla Unusual", title="Unusual adviser")
    skill = Skill.objects.create(code="reading", name="Reading", category="Language")
    state_skills(by=ulla, statements=[(skill, 2, True)])
    make_personal_token(by=ulla, name="Unusual script", scopes=["batches:read"])
    batch = open_batch(owner, ekhamn)
    held = take(ulla, batch)
    report_problem(by=ulla, code=held.code, text="It is upside down")
    send(ulla, held, note="Words of hers alone")
    tell(
        to=[ulla.person_id],
        kind="role.granted",
        about=("organisation", ekhamn.code),
        link="/",
        once="t",
        role="task_owner",
    )
    return batch


def _taken(by):
    return json.loads(take_my_data(by=by))


def test_a_copy_holds_what_is_held_of_me_and_nothing_of_others(worked, ulla, amina):
    send(amina, take(amina, worked), note="Words of somebody else")
    copy = _taken(ulla)
    assert [each["what"] for each in copy["holdings"]] == [str(holding.what) for holding in HOLDINGS]
    rows = [row for each in copy["holdings"] for row in each["rows"]]
    assert {"people.Person", "people.PersonSkill", "access.Token", "microtasks.Answer", "audit.Event"} <= {
        row["table"] for row in rows
    }
    words = json.dumps(copy)
    assert [each for each in ("Words of hers alone", "It is upside down", "Unusual script") if each not in words] == []
    assert [each for each in ("Words of somebody else", "Amina", "argon2") if each in words] == []
    assert len(rows) == sum(each.rows for each in held_of(ulla.person_id)), "the taking itself is logged first"


def test_counting_is_two_questions(worked, ulla, django_assert_num_queries):
    with django_assert_num_queries(2):
        held = held_of(ulla.person_id)
    assert sum(each.rows for each in held) > 10


def test_a_token_carries_nothing_off(ulla):
    with pytest.raises(Denied):
        take_my_data(by=replace(ulla, through=Credential("abc", frozenset())))


def _everywhere(words):
    """The tables in which the words stand, whatever the column: read by the database, past every model."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        for (table,) in [row for row in cursor.fetchall() if row != ("wall_key",)]:
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{words}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_after_erasure_no_table_names_them(worked, ulla, admin):
    person = Person.objects.get(pk=ulla.person_id)
    assert {"people_person", "people_invitation", "access_token"} <= set(_everywhere("unusual"))
    let_go(by=admin, person=person)
    erase_person(by=admin, code=person.code)
    assert _everywhere("unusual") == []
    assert not PersonSkill.objects.filter(person=person).exists()
    told = Event.objects.filter(kind="person", code=person.code)
    assert told.exists()
    assert not any(event.facts for event in told), "the log keeps its entries, not what they say of them"
    assert [each.goes for each in held_of(person.pk) if each.holding.key == "microtasks.answers"] == [0]
    assert worked.assignments.filter(person=person, answer__isnull=False).count() == 1, "the result keeps its answer"


def test_erasing_has_its_order_and_no_way_back(worked, ulla, admin):
    person = Person.objects.get(pk=ulla.person_id)
    with pytest.raises(Conflict):
        erase_person(by=admin, code=person.code)
    let_go(by=admin, person=person)
    erase_person(by=admin, code=person.code)
    with pytest.raises(Conflict):
        erase_person(by=admin, code=person.code)
    with pytest.raises(Conflict):
        reactivate_person(by=admin, person=person)


def test_only_administrators_of_every_place_erase(worked, ulla, admin, norrby, ekhamn):
    person = Person.objects.get(pk=ulla.person_id)
    let_go(by=admin, person=person)
    with pytest.raises(Denied):
        erase_person(by=subject("Kaisa", norrby, Role.COORDINATOR), code=person.code)
    with pytest.raises(Missing):
        erase_person(by=subject("Abel", ekhamn, Role.ADMINISTRATOR), code=person.code)
    assert Person.objects.get(pk=person.pk).name == "Ulla Unusual"


def test_register_and_assessment_speak_of_every_holding():
    for words in (register(), assessment()):
        assert all(str(holding.what) in words for holding in HOLDINGS)


def test_what_json_has_no_form_for_is_given_as_it_is_written(admin, region):
    declare_network(by=admin, organisation=region, network="192.0.2.0/24", zone="office")
    rows = [row for each in _taken(admin)["holdings"] for row in each["rows"]]
    assert [row["network"] for row in rows if row["table"] == "people.Network"] == ["192.0.2.0/24"]
