"""Whoever looks through somebody else's eyes posts nothing, anywhere, and no page they may look at does anything."""

import pytest
from django.conf import settings
from django.urls import reverse

from talkoo.access.deciding import ACTS
from talkoo.access.permissions import BY_ROLE, Permission
from talkoo.access.queries import Resource, allows
from talkoo.access.visiting import LOOK
from talkoo.audit.models import Event
from talkoo.config.looking import PAGES, WAYS_OUT
from talkoo.engines.policy import Act
from talkoo.people.models import Person
from talkoo.people.queries import subject_of
from talkoo.people.queries.looking import eyes_of
from tests.architecture.conftest import undone
from tests.architecture.routes import ALLAUTH, ALLAUTH_AT, NO, PAGE, ROUTES
from tests.architecture.sources import report
from tests.architecture.test_routes import _body, _done, _route, address
from tests.architecture.visits import look_through

SEEN = ("contributor", "owner", "coordinator")  # of whom an administrator above may be asked for help


@pytest.fixture(scope="module")
def looking(world):
    """A browser of the administrator for each pair of eyes, changed back to nothing by the end of the module."""
    with undone():
        yield {who: look_through(world, who) for who in SEEN}


def _client(world, session: str):
    client = world.client(None)
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client


POSTED = [key for key, route in ROUTES.items() if route.post != NO and _route(key) not in WAYS_OUT]


def test_no_form_of_any_route_is_taken(world, looking):
    wrong = []
    for key in POSTED:
        who = ROUTES[key].right if ROUTES[key].right in SEEN else "owner"
        with undone():
            before = _done()
            response = _client(world, looking[who]).generic("POST", address(world, key), **_body(ROUTES[key], "POST"))
            if response.status_code != 403 or _done() != before:
                wrong.append(f"POST {key} through the eyes of {who}: {response.status_code}")
    for name in set(ALLAUTH) - WAYS_OUT:
        with undone():
            where = reverse(name, kwargs=ALLAUTH_AT.get(name))
            response = _client(world, looking["owner"]).post(where, {"csrfmiddlewaretoken": "x"})
            if response.status_code != 403:
                wrong.append(f"POST {name}: {response.status_code}")
    assert len(POSTED) > 80
    assert not wrong, report(wrong)


def test_no_page_that_is_not_for_looking_is_shown_and_those_that_are_do_nothing(world, looking):
    wrong, seen = [], 0
    for key in [key for key, route in ROUTES.items() if route.get == PAGE]:
        who = ROUTES[key].right if ROUTES[key].right in SEEN else "owner"
        with undone():
            before = _done()
            response = _client(world, looking[who]).get(address(world, key))
            seen += response.status_code == 200
            if _route(key) not in PAGES and response.status_code != 403:
                wrong.append(f"GET {key}: {response.status_code}, should be 403")
            if _done() != before or response.status_code >= 500:
                wrong.append(f"GET {key}: {response.status_code}, and something was done")
            if (
                response.status_code == 200
                and b"<html" in response.content
                and b'class="looking"' not in response.content
            ):
                wrong.append(f"GET {key}: nothing says that somebody looks along")
    assert seen > 20
    assert not wrong, report(wrong)


def test_every_permission_besides_looking_is_refused_by_the_rules_as_well(world, looking):
    helper = world.people["administrator"]
    with undone():
        from talkoo.people.models import Looking

        code = Looking.objects.get(person=world.people["coordinator"].person_id).code
        by = eyes_of(helper, code)
        assert by is not None
        held = {permission for role in by.roles for permission in BY_ROLE[role]}
        assert held & {Permission.PEOPLE_INVITE, Permission.PEOPLE_SEE}
        place = by.organisation_id
        for permission in held:
            allowed = allows(by, permission, Resource("organisation", "x", place))
            assert allowed == (ACTS[permission] == Act.LOOK), permission


def test_a_refusal_while_looking_is_logged_for_the_helper(world, looking):
    with undone():
        _client(world, looking["owner"]).post(reverse("profile"), {"name": "Other"})
        line = Event.objects.order_by("-pk").first()
    assert line is not None
    assert (line.action, line.actor_id) == ("access.refused", world.people["administrator"].person_id)


def test_nothing_of_a_helper_is_left_in_who_is_looked_at(world, looking):
    """The person themselves goes on as before."""
    person = Person.objects.get(pk=world.people["contributor"].person_id)
    assert subject_of(person).helper is None
    assert LOOK not in world.client("contributor").session
    assert world.client("contributor").get(reverse("my_data")).status_code == 200
