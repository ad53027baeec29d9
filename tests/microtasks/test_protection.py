"""Before people of other organisations see a batch: whose data it is, what for, why, how long; and a word on what is in it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Relation, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.microtasks.actions import batch_people, batches, data_check, protection
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.models import Batch, DataCheck, Picture, Protection
from talkoo.microtasks.queries.protection import check_of, crosses, stated
from talkoo.microtasks.queries.readiness import hindrances
from talkoo.microtasks.queries.uploads import latest_upload
from talkoo.people.models import Person
from tests.callers import Caller, token_of
from tests.microtasks.drafts import PROTECTION, draft, picture, read, ready_draft, state_all, upload, zipped
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db
FILE = "letter_no,text,area\nL1,Call me: +358 40 123 4567,Hill\nL2,The light is out,Hill\nL3,Write to ann@town.example,Hill\n"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def region():
    return organisation("Harbour Region")


@pytest.fixture
def town(region):
    return organisation("Norrby", region)


@pytest.fixture
def ekhamn(region):
    return organisation("Ekhamn", region)


@pytest.fixture
def owner(town):
    return subject("Jonas", town, Role.TASK_OWNER)


@pytest.fixture
def batch(owner, town):
    return ready_draft(owner, town.pk)


@pytest.fixture
def crossing(batch, town, ekhamn):
    batch.audience.set([town, ekhamn])
    return batch


def opened(owner, batch):
    return move_batch(by=owner, code=batch.code, verb="open")


def state(by, batch, **more):
    return protection.state_protection(
        by=by, code=batch.code, **{"controller": batch.organisation_id, **PROTECTION, **more}
    )


def missing(batch):
    return " ".join(point.text for point in hindrances(batch, latest_upload(batch)))


# Denied


def test_only_owners_state_anything(crossing, town):
    reviewer, stranger = subject("Rita", town), subject("Otto", organisation("Abroad"))
    batch_people.BatchPerson.objects.create(batch=crossing, person_id=reviewer.person_id, relation=Relation.REVIEWER)
    for by, error in ((reviewer, Denied), (stranger, Missing)):
        with pytest.raises(error):
            state(by, crossing)
        with pytest.raises(error):
            data_check.start_check(by=by, code=crossing.code)
        with pytest.raises(error):
            protection.state_personal_data(by=by, code=crossing.code, says="none", because="")
        with pytest.raises(error):
            data_check.leave_out_items(by=by, code=crossing.code, kind="phone", part="source")
    assert not Protection.objects.exists()


def test_usual_statements_are_written_by_coordinators_alone(town):
    said = {"contact": "x", "purpose": "", "basis": "", "keep_days": None, "afterwards": ""}
    for role in (Role.TASK_OWNER, Role.AUDITOR, Role.SECURITY_OFFICER, Role.ADMINISTRATOR):
        with pytest.raises(Denied):
            protection.set_defaults(by=subject("Somebody", town, role), organisation=town, **said)


# Crossing


def test_a_batch_at_home_opens_without_a_word(owner, batch):
    assert not crosses(batch)
    assert opened(owner, batch).state == "open"


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ({"controller": None}, "Name who answers for the data"),
        ({"contact": " "}, "Name who answers for the data"),
        ({"purpose": ""}, "Say what the data is used for"),
        ({"basis": ""}, "Choose the legal basis"),
        ({"special": True}, "data of special categories"),
        ({"keep_days": None}, "how long everything is kept"),
        ({"afterwards": ""}, "how long everything is kept"),
    ],
)
def test_a_batch_that_crosses_does_not_open_without(owner, crossing, left_out, words):
    state_all(owner, crossing)
    assert missing(crossing) == ""
    state(owner, crossing, **left_out)
    assert words in missing(crossing)
    with pytest.raises(Invalid, match=words):
        opened(owner, crossing)
    state(owner, crossing)
    assert opened(owner, crossing).state == "open"


def test_a_batch_that_crosses_does_not_open_before_its_items_were_looked_through(owner, crossing):
    state(owner, crossing)
    with pytest.raises(Conflict, match="not been looked through"):
        protection.state_personal_data(by=owner, code=crossing.code, says="none", because="")
    with pytest.raises(Invalid, match="Have the items looked through"):
        opened(owner, crossing)
    data_check.start_check(by=owner, code=crossing.code)
    with pytest.raises(Invalid, match="state whether personal data is in them"):
        opened(owner, crossing)


def test_what_an_organisation_usually_says_is_a_proposal_until_it_is_saved(owner, crossing, town):
    by = subject("Kaisa", town, Role.COORDINATOR)
    usual = {key: PROTECTION[key] for key in ("contact", "purpose", "basis", "keep_days", "afterwards")}
    protection.set_defaults(by=by, organisation=town, **usual)
    found = stated(crossing)
    assert (found.protection.contact, found.protection.keep_days) == ("dpo@test.example", 30)
    assert "Say what the data is used for" in missing(crossing)


@pytest.mark.parametrize("how", ["everybody", "above", "beside", "a reviewer from elsewhere"])
def test_whoever_is_not_of_the_house_makes_it_cross(owner, batch, region, ekhamn, how):
    assert not crosses(batch)
    if how == "a reviewer from elsewhere":
        guest = Person.objects.get(pk=subject("Gita", ekhamn).person_id)
        batch_people.add_person(by=owner, code=batch.code, email=guest.email, relation=Relation.REVIEWER)
    else:
        batch.audience.set({"everybody": [], "above": [region], "beside": [ekhamn]}[how])
    assert crosses(batch)


def test_offices_below_and_confidential_work_stay_at_home(batch, town, ekhamn):
    batch.audience.set([organisation("Office", town)])
    assert not crosses(batch)
    batch.audience.clear()
    assert crosses(batch)
    batch.sensitivity = 2
    assert not crosses(batch)


def test_programs_are_told_whether_a_batch_crosses_and_what_is_stated_of_its_data(owner, batch, town, ekhamn):
    home = ready_draft(owner, town.pk, title="At home")
    batch.audience.set([town, ekhamn])
    caller = Caller(token_of(owner, "batches:read"))
    told = {each["code"]: each["protection"] for each in caller.get("/batches").json()["items"]}
    assert [told[each.code]["crossing"] for each in (batch, home)] == [True, False]
    assert {words for each in told.values() for name, words in each.items() if name != "crossing"} == {None}
    state_all(owner, batch)
    found = caller.get(f"/batches/{batch.code}").json()["protection"]
    stated_of = {name: found[name] for name in ("controller", "purpose", "basis", "keep_days", "afterwards")}
    assert stated_of == {"controller": town.code, **{name: PROTECTION[name] for name in list(stated_of)[1:]}}
    assert found["personal_data"] in {"none", "needed"}
    Batch.objects.filter(pk=batch.pk).update(tasks_total=99)
    assert caller.get(f"/batches/{batch.code}").json()["protection"]["personal_data"] is None


def test_everybody_of_the_only_organisation_stays_that_when_others_come():
    home = organisation("Home")
    by = subject("Jonas", home, Role.TASK_OWNER)
    batch = ready_draft(by, home.pk)
    batch.audience.clear()
    opened(by, batch)
    organisation("Newcomers")
    assert not crosses(batch)


def test_an_open_batch_grows_beyond_its_house_only_with_every_statement(owner, batch, town, ekhamn):
    opened(owner, batch)
    wider = {
        "sensitivity": 1, "organisations": [town.pk, ekhamn.pk], "skills": [], "deadline": None, "may_choose": False,
    }  # fmt: skip
    with pytest.raises(Invalid) as error:
        batches.edit_audience(by=owner, code=batch.code, **wider)
    assert "Say what the data is used for" in error.value.fields["organisations"]
    guest = Person.objects.get(pk=subject("Gita", ekhamn).person_id)
    with pytest.raises(Invalid):
        batch_people.add_person(by=owner, code=batch.code, email=guest.email, relation=Relation.REVIEWER)
    assert list(batch.audience.all()) == [town]
    state_all(owner, batch)
    batches.edit_audience(by=owner, code=batch.code, **wider)
    assert batch.audience.count() == 2


def test_what_people_were_told_only_becomes_stricter(owner, crossing):
    opened(owner, state_all(owner, crossing))
    for loose in ({"keep_days": 31}, {"keep_days": None}, {"afterwards": "results"}):
        with pytest.raises(Invalid) as error:
            state(owner, crossing, **loose)
        assert list(error.value.fields) == list(loose)
    with pytest.raises(Invalid, match="what the data is used for"):
        state(owner, crossing, purpose="")
    assert state(owner, crossing, keep_days=7).keep_days == 7


def test_a_copy_takes_the_statements_along_but_not_the_word_on_the_items(owner, crossing):
    state_all(owner, crossing)
    copy = batches.copy_batch(by=owner, code=crossing.code)
    found = stated(copy)
    assert (found.filled, found.protection.purpose, found.word) == (True, "Sorting letters", None)


@pytest.mark.parametrize(
    "wrong",
    [{"basis": "because"}, {"keep_days": 0}, {"keep_days": 9999}, {"afterwards": "sell"}, {"purpose": "x" * 481}, {"contact": "a\0b"}],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_at_its_field(owner, crossing, wrong):
    with pytest.raises(Invalid) as error:
        state(owner, crossing, **wrong)
    assert list(error.value.fields) == list(wrong)


# The look through the items, and the word on it


def looked(owner, town, file=FILE):
    made = draft(owner, town.pk)
    upload(owner, made, file)
    read(owner, made)
    batches.edit_question(
        by=owner,
        code=made.code,
        kind="choice",
        question="What?",
        help="",
        config={"options": ["a", "b"]},
        ask_sure=False,
    )
    data_check.start_check(by=owner, code=made.code)
    return Batch.objects.get(pk=made.pk), check_of(stated(made))


def test_findings_are_counted_by_kind_with_masked_examples(owner, town):
    _batch, check = looked(owner, town)
    found = {row["kind"]: row for row in check.findings}
    assert {kind: (row["items"], row["part"], row["numbers"]) for kind, row in found.items()} == {
        "phone": (1, "source", [1]),
        "email": (1, "source", [3]),
    }
    assert found["phone"]["examples"] == [{"number": 1, "masked": "+••• •• ••• ••67"}]
    assert "123" not in str(check.findings)


def test_a_word_needs_its_reason_and_is_kept_with_who_and_when(owner, town):
    made, _check = looked(owner, town)
    for says, because in (("needed", " "), ("perhaps", "x"), ("needed", "x" * 481)):
        with pytest.raises(Invalid):
            protection.state_personal_data(by=owner, code=made.code, says=says, because=because)
    protection.state_personal_data(by=owner, code=made.code, says="needed", because="Crews call back")
    word = stated(made).word
    assert (word.says, word.because, word.name) == ("needed", "Crews call back", "Jonas")
    assert timezone.now() - word.at < timedelta(minutes=1)
    event = Event.objects.get(action="microtasks.batch.personal-data-stated")
    assert event.facts["findings"] == 2
    assert "Crews" not in str(event.facts)


def test_the_word_is_void_when_the_items_change(owner, crossing):
    state_all(owner, crossing)
    assert missing(crossing) == ""
    read(owner, crossing)
    assert stated(crossing).void
    with pytest.raises(Invalid, match="The items have changed"):
        opened(owner, crossing)


def test_items_in_which_something_was_found_can_be_left_out(owner, town):
    made, _check = looked(owner, town)
    assert data_check.leave_out_items(by=owner, code=made.code, kind="phone", part="source") == 1
    made.refresh_from_db()
    assert list(made.tasks.order_by("number").values_list("number", "name")) == [(1, "L2"), (2, "L3")]
    assert made.tasks_total == 2
    with pytest.raises(Conflict, match="changed since"):
        data_check.leave_out_items(by=owner, code=made.code, kind="email", part="source")


def test_a_finding_in_every_item_cannot_empty_the_batch(owner, town):
    made, _check = looked(owner, town, "letter_no,text,area\nL1,a@b.fi,x\nL2,c@d.fi,x\n")
    with pytest.raises(Invalid, match="No item would be left"):
        data_check.leave_out_items(by=owner, code=made.code, kind="email", part="source")


def test_many_items_are_looked_through_by_a_job_that_may_be_killed_and_begun_again(owner, town, monkeypatch):
    monkeypatch.setattr(data_check, "AT_ONCE", 1)
    monkeypatch.setattr(data_check, "STEP", 1)
    made, check = looked(owner, town)
    assert (check.finished, check.looked) == (None, 0)
    assert data_check.start_check(by=owner, code=made.code).pk == check.pk
    DataCheck.objects.filter(pk=check.pk).update(moved=timezone.now() - timedelta(minutes=2))
    again = data_check.start_check(by=owner, code=made.code)
    assert again.pk != check.pk
    for _twice in range(2):
        data_check.look_through(check=again.pk, run=again.run)
    again.refresh_from_db()
    assert (again.looked, len(again.findings)) == (3, 2)
    assert Event.objects.filter(action="microtasks.batch.personal-data-checked").count() == 1


# The page


def page(batch):
    return reverse("batch_edit", args=[batch.code, "data"])


@pytest.fixture
def browser(client, owner):
    client.force_login(Person.objects.get(pk=owner.person_id))
    return client


def test_at_home_the_step_is_one_quiet_paragraph(browser, batch):
    words = browser.get(page(batch)).content.decode()
    assert "Only people of Norrby see these items" in words
    assert "the law asks for" not in words


def test_the_step_is_filled_in_looked_through_and_stated_by_forms_alone(browser, crossing):
    assert "the law asks for a few words" in browser.get(page(crossing)).content.decode()
    said = {key: value for key, value in PROTECTION.items() if value not in (False, "")}
    posted = browser.post(page(crossing), {**said, "controller": crossing.organisation_id, "then": "stay"})
    assert posted.url == page(crossing)
    browser.post(page(crossing), {"do": "look"})
    assert "Nothing has the shape of personal data" in browser.get(page(crossing)).content.decode()
    wrong = browser.post(page(crossing), {"do": "word", "says": "needed"})
    assert (wrong.status_code, "Say why personal data is needed" in wrong.content.decode()) == (422, True)
    browser.post(page(crossing), {"do": "word", "says": "none"})
    words = browser.get(page(crossing)).content.decode()
    assert "everything the law asks for is stated" in words
    assert "Stated by Jonas" in words


def test_contributors_read_whose_data_it_is(client, owner, crossing, ekhamn):
    opened(owner, state_all(owner, crossing))
    client.force_login(Person.objects.get(pk=subject("Gita", ekhamn).person_id))
    for answer in (
        client.get(reverse("work", args=[crossing.code])),
        client.post(reverse("work", args=[crossing.code]), follow=True),
    ):
        words = answer.content.decode()
        assert "Sorting letters" in words
        assert "Everything is deleted 30 days after the batch closes." in words


# Pictures


def test_pictures_are_named_as_something_to_look_at_and_go_with_their_items(owner, town):
    made = draft(owner, town.pk)
    files = {"one.png": picture(), "two.png": picture(colour="red"), "plain.txt": b"Nothing here"}
    upload(owner, made, zipped(files), name="items.zip")
    read(owner, made, {"file": "name", "folder": "group", "content": "source"})
    check = data_check.start_check(by=owner, code=made.code)
    found = next(row for row in check.findings if row["kind"] == "picture")
    assert found["items"] == 2
    assert Picture.objects.filter(upload__batch=made).count() == 2
    assert data_check.leave_out_items(by=owner, code=made.code, kind="picture", part=found["part"]) == 2
    assert not Picture.objects.filter(upload__batch=made).exists()
