"""From a café, from the office, and what becomes of an answer when the network changes under it."""

import contextlib

import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from tests import databases
from tests.journeys import world
from tests.journeys.steps import PASSWORD
from tests.journeys.test_passkeys import security_key

pytestmark = pytest.mark.browser
CAFE, OFFICE, VPN = "203.0.113.7", "198.51.100.7", "192.0.2.7"
NETWORKS = [("203.0.113.0/24", "public"), ("198.51.100.0/24", "office"), ("192.0.2.0/24", "vpn")]
WHO = "daniel.mensah@housing.example"
PROXY = "TALKOO_BEHIND_PROXY"  # the browser plays the proxy: it says from where somebody comes


@pytest.fixture
def house(postgres_server, django_db_blocker, tmp_path):
    """The Harbour Region with networks declared."""
    with django_db_blocker.unblock():
        source = world.demo_template(tmp_path)
    with world.copy_of(source) as name, world.served(tmp_path, name, TALKOO_DEMO="1", **{PROXY: "1"}) as found:
        with written(name) as database:
            for network, zone in NETWORKS:
                database.execute(
                    "INSERT INTO people_network (organisation_id, network, zone, label, made)"
                    " SELECT id, %s, %s, '', now() FROM people_organisation",
                    [network, zone],
                )
        yield found, name


@contextlib.contextmanager
def written(name):
    place = databases.place().dsn(databases.postgres.SUPERUSER, name)
    with psycopg.connect(**place, autocommit=True) as connection:
        yield connection


def comes_from(visitor, address):
    visitor.context.set_extra_http_headers({"X-Forwarded-For": address, "X-Forwarded-Proto": "http"})


def test_confidential_work_opens_in_the_office_with_a_key_and_an_answer_outlives_a_change_of_network(house, someone):
    served, name = house
    code = served.small_batch("Complaints", ["The crane is loud.", "The quay is dark.", "The bridge is up."])
    with written(name) as database:
        database.execute("UPDATE microtasks_batch SET sensitivity = 2 WHERE code = %s", [code])
        kept = [make_password(PASSWORD), WHO]
        database.execute("UPDATE people_person SET password = %s WHERE email = %s", kept)
    visitor = someone(1280, address=served.address.replace("127.0.0.1", "localhost"))
    comes_from(visitor, CAFE)
    sign_in(visitor)
    with visitor.expecting(403):
        visitor.go(f"/work/{code}/")
        visitor.heading("Something is missing to open this")
        visitor.must_see("a passkey or a security key")
        visitor.must_see("a device that your organisation manages")
        visitor.look("refused-in-a-cafe")
    with security_key(visitor):
        comes_from(visitor, OFFICE)
        enrol(visitor)
        with visitor.expecting(403):
            visitor.go(f"/work/{code}/")
            visitor.must_see("Confidential work needs a second factor.")
        visitor.follow("Give a second factor")
        visitor.press("Use it")
        visitor.heading("Complaints")
        visitor.press("Start", exact=False)
        visitor.page.wait_for_url("**/assignments/**")
        write_half_an_answer(visitor)
        comes_from(visitor, VPN)
        visitor.page.keyboard.press("Control+Enter")
        visitor.heading("Is it you?")
        visitor.must_see("Your browser or network is another one")
        visitor.look("step-up-moved")
        visitor.press("Use it")
        visitor.page.wait_for_url("**/assignments/**")
        expect(visitor.page.locator("#note")).to_have_value("Half a thought about cranes")
        visitor.look("answer-back")
        lose_the_connection(visitor)


def lose_the_connection(visitor):
    """Confidential text waits in the page alone, which says so, and goes to the server when that is there again."""
    page, drafts = visitor.page, "Object.keys(localStorage).filter(name => name.startsWith('draft:'))"
    visitor.context.set_offline(True)
    page.locator("#note").fill("Half a thought about cranes and quays")
    visitor.must_see("Not saved yet")
    assert page.evaluate(drafts) == []
    visitor.context.set_offline(False)
    expect(page.locator("[data-saved]")).to_contain_text("Draft saved")
    visitor.troubles = [trouble for trouble in visitor.troubles if "ERR_INTERNET_DISCONNECTED" not in trouble]


def sign_in(visitor, who=WHO):
    visitor.go("/accounts/login/")
    visitor.page.get_by_text("Sign in with your own account").click()
    visitor.page.get_by_label("Email").fill(who)
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.press("Sign in")
    expect(visitor.page.locator(".who-text")).to_be_attached()


def enrol(visitor):
    visitor.go("/accounts/2fa/webauthn/add/")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.press("Confirm")
    visitor.press("Add it")
    visitor.heading("Recovery codes")


def write_half_an_answer(visitor):
    page = visitor.page
    page.locator("#answering summary", has_text="Add a note").click()
    page.locator("#note").fill("Half a thought about cranes")
    page.locator("#answering [name=choice]").first.check(force=True)
    page.locator("body").click(position={"x": 2, "y": 2})
