"""Two people edit one batch: nobody writes over what they have not seen, and nothing that was typed is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from talkoo.access.permissions import Relation, Role
from talkoo.lib.formats import day
from talkoo.microtasks.models import Batch, BatchPerson, Protection
from tests import people as cast
from tests.callers import Caller, token_of
from tests.microtasks.drafts import draft
from tests.microtasks.test_builder import client_of, own_folder, question

__all__ = ["own_folder"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    """Two browsers on one draft, of two owners, Olga and Oskar."""
    town = cast.organisation("Northtown")
    first, second = cast.subject("Olga", town, Role.TASK_OWNER), cast.subject("Oskar", town, Role.TASK_OWNER)
    batch = draft(first, town.pk)
    BatchPerson.objects.create(batch=batch, person_id=second.person_id, relation=Relation.OWNER)
    return batch, client_of(first), client_of(second)


MINE, THEIRS = (timezone.localdate() + timedelta(days=days) for days in (400, 800))
QUALITY = {"sure": "90", "adaptive": "yes", "least": "2", "most": "5", "minutes": "2"}
AUDIENCE = {"sensitivity": "1", "reach": "all"}
# For each step what Olga sends, what Oskar sent before her, and what of each she must be shown.
STEPS = {
    "upload": ({"title": "Mine"}, {"title": "Theirs"}, ("Title", "Theirs", "Mine")),
    "question": (question(question="Mine?"), question(question="Theirs?"), ("Question", "Theirs?", "Mine?")),
    "quality": ({**QUALITY, "most": "6"}, {**QUALITY, "most": "9"}, ("At most", "9", "6")),
    "audience": (
        {**AUDIENCE, "deadline": f"{MINE}"},
        {**AUDIENCE, "deadline": f"{THEIRS}"},
        ("Needed by", day(THEIRS), day(MINE)),
    ),
    "data": ({"keep_days": "30"}, {"keep_days": "90", "basis": "public"}, ("Days it is kept", "90", "30")),
}


def _seen(client, where):
    return client.get(where).context["edition"]


def _stored(batch):
    return Batch.objects.values().get(pk=batch.pk), list(Protection.objects.filter(batch=batch).values())


@pytest.mark.parametrize("step", STEPS)
def test_the_second_is_told_who_came_between_sees_both_and_may_insist(pair, step):
    batch, olga, oskar = pair
    where, (mine, theirs, shown) = f"/batches/{batch.code}/edit/{step}/", STEPS[step]
    if step == "upload":
        mine, theirs = ({**said, "then": "stay"} for said in (mine, theirs))
    seen = _seen(olga, where)
    oskar.post(where, {**theirs, "edition": _seen(oskar, where)})
    before = _stored(batch)
    refused = olga.post(where, {**mine, "edition": seen})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Oskar changed this after you had opened the page" in page
    row = next(row for row in refused.context["overtaken"].rows if row[0].startswith(shown[0]))
    assert row[1:] == list(shown[1:])
    assert all(words in page for words in row)
    assert _stored(batch) == before
    insisted = olga.post(where, {**mine, "edition": refused.context["edition"]})
    assert "overtaken" not in (insisted.context or {})
    assert _stored(batch) != before


def test_the_settings_of_the_task_are_compared_as_well(pair):
    batch, olga, oskar = pair
    where = f"/batches/{batch.code}/edit/question/"
    seen = _seen(olga, where)
    oskar.post(where, {**question(question="Q?"), "choice-options": ["Bus", "Light"], "edition": seen})
    refused = olga.post(where, {**question(question="Q?"), "choice-options": ["Bus", "Tree"], "edition": seen})
    assert ["Bus, Light", "Bus, Tree"] in [row[1:] for row in refused.context["overtaken"].rows]


def test_a_draft_that_saves_itself_tells_of_it_too_and_is_no_stranger_to_itself(pair):
    batch, olga, oskar = pair
    where = f"/batches/{batch.code}/edit/question/"
    seen = _seen(olga, where)
    saved = olga.post(f"{where}draft/", {**question(question="Mine?"), "edition": seen})
    assert saved.content.decode().startswith("Draft saved")
    while_sending = olga.post(f"{where}draft/", {**question(question="Mine again?"), "edition": seen})
    assert while_sending.content.decode().startswith("Draft saved")
    oskar.post(where, {**question(question="Theirs?"), "edition": _seen(oskar, where)})
    late = olga.post(f"{where}draft/", {**question(question="Late?"), "edition": saved.headers["Talkoo-Edition"]})
    assert "somebody else changed this" in late.content.decode()
    assert Batch.objects.get(pk=batch.pk).question == "Theirs?"


def test_two_people_at_two_steps_are_not_in_each_others_way(pair):
    batch, olga, oskar = pair
    where = f"/batches/{batch.code}/edit/question/"
    seen = _seen(olga, where)
    oskar.post(f"/batches/{batch.code}/edit/quality/", QUALITY)
    assert olga.post(where, {**question(question="Mine?"), "edition": seen}).status_code == 302


@pytest.mark.parametrize("step", ["columns", "known", "data", "check"])
def test_a_mark_that_no_page_gave_breaks_no_step(pair, step):
    batch, olga, _oskar = pair
    assert olga.post(f"/batches/{batch.code}/edit/{step}/", {"edition": "made up"}).status_code < 500


def test_a_program_that_comes_between_is_told_as_one_and_is_told_itself(pair):
    batch, olga, _oskar = pair
    where, path = f"/batches/{batch.code}/edit/question/", f"/batches/{batch.code}"
    seen = _seen(olga, where)
    caller = Caller(token_of(cast.subject_of(batch.people.get(name="Oskar")), "batches:read", "batches:write"))
    read = caller.get(path).headers["ETag"]
    assert (
        caller.patch(
            path, {"question": "Theirs?", "settings": {"options": ["A", "B"]}}, **{"If-Match": read}
        ).status_code
        == 200
    )
    refused = olga.post(where, {**question(question="Mine?"), "edition": seen})
    assert "Oskar changed this" in refused.content.decode()
    olga.post(where, {**question(question="Mine?"), "edition": refused.context["edition"]})
    late = caller.patch(path, {"question": "Late?"}, **{"If-Match": read})
    assert (late.status_code, late.headers["Content-Type"]) == (412, "application/problem+json")
    assert Batch.objects.get(pk=batch.pk).question == "Mine?"
