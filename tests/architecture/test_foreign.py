"""No page, list, search, file, feed or answer of the API holds a word of another organisation.

In this world every word that people of the north gave carries a mark. Somebody of the south, a contributor or the holder
of every role there, looks at everything that is not about one thing, and searches for what the north has.
"""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from talkoo.config.openapi import openapi, operations
from talkoo.notify.actions.calendars import renew_feed
from talkoo.people.models import Organisation, Person, Skill
from tests.architecture import world as worlds
from tests.architecture.conftest import undone
from tests.architecture.operations import OPERATIONS
from tests.architecture.routes import NO, ROUTES
from tests.architecture.sources import report
from tests.architecture.test_routes import _body, address
from tests.callers import Caller, token_of

MARK = "ƻ"
ABOUT_NOBODY = [key for key, route in ROUTES.items() if not route.at and "api_" not in key]
SEARCHES = ("", "letters", "Carl")
NAMES = ("q", "search", "organisation", "person", "batch", "skill")
DOCUMENTED = {each["operationId"]: each for each in operations(openapi())}


@pytest.fixture(scope="module")
def marked(django_db_setup, django_db_blocker, uploads):
    """What is of the south, or of all, loses its mark again."""
    with django_db_blocker.unblock(), undone():
        world = worlds.build(lambda words: f"{words}{MARK}")
        own = [world.people[who].person_id for who in ("outsider", "abroad")]
        places = [world.at[f"organisation:{name}"]["code"] for name in ("region", "south")]
        for person in Person.objects.filter(pk__in=own):
            Person.objects.filter(pk=person.pk).update(name=person.name.strip(MARK), title="Officer")
        for place in Organisation.objects.filter(code__in=places):
            Organisation.objects.filter(pk=place.pk).update(name=place.name.strip(MARK))
        Skill.objects.update(name="Reading letters", category="Language", description="Any letter")
        yield world


def _found(response, what: str) -> list[str]:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    at = (words := body.decode("utf-8", "replace").replace("\\u01bb", MARK)).find(MARK)
    return [f"{what}: …{words[max(at - 60, 0) : at + 1]}"] if at >= 0 else []


@pytest.mark.parametrize("who", ["outsider", "abroad"])
def test_no_page_list_search_or_file_holds_a_word_of_another_organisation(marked, who):
    wrong, seen = [], 0
    for key in ABOUT_NOBODY:
        for words in SEARCHES if who == "abroad" and ROUTES[key].get != NO else SEARCHES[:1]:
            for method, status in (("GET", ROUTES[key].get), ("POST", ROUTES[key].post)):
                asked = address(marked, key) + (f"?{urlencode(dict.fromkeys(NAMES, words))}" if words else "")
                if status == NO or (method == "POST" and words):
                    continue
                with undone():
                    response = marked.client(who).generic(method, asked, **_body(ROUTES[key], method))
                    seen += response.status_code == 200
                    wrong += _found(response, f"{method} {asked} as {who}")
    assert not wrong, report(wrong)
    assert seen > 30


def test_the_api_and_the_calendar_hold_no_word_of_another_organisation(marked):
    wrong = []
    with undone():
        caller = Caller(token_of(marked.people["abroad"]))
        lists = [name for name, case in OPERATIONS.items() if not case.at and DOCUMENTED[name]["method"] == "GET"]
        assert len(lists) > 8
        for name in lists:
            for words in SEARCHES:
                asked = DOCUMENTED[name]["path"].removeprefix("/api/v1") + (f"?q={words}" if words else "")
                response = caller.get(asked)
                assert response.status_code == 200, asked
                wrong += _found(response, asked)
        feed = marked.client(None).get(reverse("calendar_feed", args=[renew_feed(by=marked.people["abroad"])]))
        assert feed.status_code == 200
        wrong += _found(feed, "the calendar")
    assert not wrong, report(wrong)


def test_the_marks_are_there_at_all(marked):
    """A test of words that sees none would pass on empty pages: people of the north read them."""
    for who, where in (("contributor", "board"), ("coordinator", "people"), ("coordinator", "people_export")):
        response = marked.client(who).get(reverse(where))
        assert _found(response, where), where
    assert _found(Caller(token_of(marked.people["coordinator"])).get("/people"), "people")
