"""Items are rewritten before anybody is shown them, as one owner chose and another signed; what went is gone."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Relation, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.microtasks.actions import redaction
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.data_check import start_check
from talkoo.microtasks.models import (
    Batch,
    BatchPerson,
    DataCheck,
    KnownAnswer,
    Picture,
    Piece,
    Redaction,
    RejectedRow,
    Sensitivity,
    Task,
)
from talkoo.microtasks.queries.pictures import refer
from talkoo.microtasks.queries.protection import STALLED
from talkoo.microtasks.queries.redaction import edition, planned, redacted_task, rules_of
from talkoo.microtasks.queries.uploads import first_rows, path_of
from talkoo.people.models import Person
from tests.microtasks.drafts import draft, read, ready_draft, scanned, upload
from tests.people import organisation, subject, surely

pytestmark = pytest.mark.django_db
LETTERS = (
    "letter_no,text,area\n"
    "L1,Please call Ms Virtanen on +358 40 123 4567,Harbour\n"
    "L2,The light at Quay Street is out,Hill\n"
    "L3,Case HR-2041: write to a.berg@norrby.example,Harbour\n"
)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def town():
    return organisation("Norrby")


@pytest.fixture
def owner(town):
    return surely(subject("Jonas", town, Role.TASK_OWNER))


@pytest.fixture
def second(town, batch):
    """Another owner, who did not send the file."""
    found = surely(subject("Olga", town, Role.TASK_OWNER))
    BatchPerson.objects.create(batch=batch, person_id=found.person_id, relation=Relation.OWNER)
    return found


@pytest.fixture
def batch(owner, town):
    """A confidential draft whose items were looked through."""
    made = ready_draft(owner, town.pk)
    upload(owner, made, LETTERS)
    read(owner, made)
    scanned(made)
    Batch.objects.filter(pk=made.pk).update(sensitivity=Sensitivity.CONFIDENTIAL)
    start_check(by=owner, code=made.code)
    made.refresh_from_db()
    return made


def choose(by, batch, words=(), **kept):
    choices = {key: kept.get(key.partition(" ")[0], "redact") for key in planned(batch).choices()}
    return redaction.prepare_redaction(by=by, code=batch.code, choices=choices, words=words)


def sign(by, batch):
    return redaction.sign_redaction(by=by, code=batch.code, seen=edition(Redaction.objects.get(batch=batch)))


def texts(batch):
    found = Task.objects.filter(batch=batch).order_by("number").values_list("payload__source", flat=True)
    return list(found)


def opens(owner, batch):
    return move_batch(by=owner, code=batch.code, verb="open")


# The way through


def test_what_was_chosen_and_signed_is_what_people_see_and_nothing_else_is_kept(owner, second, batch):
    with pytest.raises(Invalid, match="Say what of the personal data found is redacted"):
        opens(owner, batch)
    choose(owner, batch, words=["HR-####", "Quay Street"], email="keep")
    assert "Virtanen" in texts(batch)[0]
    with pytest.raises(Invalid, match="waits for somebody to sign"):
        opens(owner, batch)
    signed = sign(second, batch)
    assert texts(batch) == [
        "Please call ‹name› on ‹telephone›", "The light at ‹redacted› is out", "Case ‹redacted›: write to a.berg@norrby.example",
    ]  # fmt: skip
    assert (signed.changed, signed.signed_by_id) == (3, second.person_id)
    assert path_of(batch.uploads.last()).exists()
    upload_pk = batch.uploads.last().pk
    RejectedRow.objects.create(upload_id=upload_pk, line=9, reason="r", excerpt="Ms Virtanen")
    opens(owner, batch)
    assert not RejectedRow.objects.filter(upload_id=upload_pk).exists()
    assert first_rows(batch.uploads.get(pk=upload_pk)) == []


def test_afterwards_the_items_are_looked_through_anew(owner, second, batch):
    before = DataCheck.objects.filter(batch=batch).latest("pk")
    choose(owner, batch, email="keep")
    sign(second, batch)
    after = DataCheck.objects.filter(batch=batch).latest("pk")
    assert {row["kind"] for row in before.findings} >= {"name", "phone", "email"}
    assert {row["kind"] for row in after.findings} == {"email"}


def test_signed_a_second_time_without_a_change_the_rows_of_the_file_go_all_the_same(owner, second, batch):
    choose(owner, batch)
    sign(second, batch)
    choose(owner, batch)
    assert sign(second, batch).changed == 0
    opens(owner, batch)
    assert first_rows(batch.uploads.last()) == []


def test_the_name_of_a_record_is_looked_through_and_the_name_of_a_picture_goes(owner, second, batch):
    sent, first = batch.uploads.last(), Task.objects.get(batch=batch, number=2)
    Piece.objects.create(task=first, batch=batch, record=1, part=1, label="who", name="Mr Berglund")
    picture = Picture.objects.create(
        upload=sent, line=2, name="Ms Virtanen.png", media="image/png", width=1, height=1, content=b""
    )
    Task.objects.filter(pk=first.pk).update(payload={"source": refer(picture)})
    start_check(by=owner, code=batch.code)
    assert "name name" in planned(batch).choices()
    choose(owner, batch)
    sign(second, batch)
    picture.refresh_from_db()
    assert (picture.name, Piece.objects.get(task=first).name) == ("‹name›.png", "‹name›")


def test_names_groups_records_and_reasons_are_redacted_as_well(owner, second, batch):
    first = Task.objects.get(batch=batch, number=1)
    Piece.objects.create(task=first, batch=batch, record=1, part=1, label="who", name="Ms Virtanen")
    KnownAnswer.objects.create(task=first, batch=batch, text="Light", why="Ms Virtanen says so", practice=False)
    Task.objects.filter(pk=first.pk).update(
        name="Letter of Ms Virtanen", group="Ms Virtanen", payload={"record": [["who", "Ms Virtanen"], ["n", "1"]]}
    )
    start_check(by=owner, code=batch.code)
    choose(owner, batch)
    sign(second, batch)
    first.refresh_from_db()
    assert (first.name, first.group) == ("Letter of ‹name›", "‹name›")
    assert first.payload == {"record": [["who", "‹name›"], ["n", "1"]]}
    assert KnownAnswer.objects.get(task=first).why == "‹name› says so"
    assert Piece.objects.get(task=first).name == "‹name›"


# Who signs


def test_of_confidential_items_two_have_looked(owner, second, batch):
    choose(second, batch)
    for by, reason in ((owner, "You sent the file"), (second, "You chose this yourself")):
        with pytest.raises(Denied, match=reason):
            sign(by, batch)
    assert "Virtanen" in texts(batch)[0]


def test_of_internal_items_whoever_owns_them_signs(owner, batch):
    Batch.objects.update(sensitivity=Sensitivity.INTERNAL)
    assert not opens_missing(batch)
    choose(owner, batch)
    assert opens_missing(batch)
    assert sign(owner, batch).finished


def test_what_its_owner_signed_alone_does_not_count_once_the_items_are_confidential(owner, second, batch):
    Batch.objects.update(sensitivity=Sensitivity.INTERNAL)
    batch.refresh_from_db()
    choose(owner, batch, name="keep", phone="keep", email="keep")
    assert sign(owner, batch).finished
    Batch.objects.update(sensitivity=Sensitivity.CONFIDENTIAL)
    with pytest.raises(Invalid, match="have another owner sign it"):
        opens(owner, batch)
    choose(owner, batch, name="keep", phone="keep", email="keep")
    sign(second, batch)
    assert opens(owner, batch).opened


def opens_missing(batch):
    from talkoo.microtasks.queries.redaction import unsigned

    batch.refresh_from_db()
    return unsigned(batch)


def test_somebody_signs_what_they_read_and_not_what_was_chosen_meanwhile(owner, second, batch):
    seen = edition(choose(owner, batch))
    choose(owner, batch, name="keep")
    with pytest.raises(Conflict, match="Something else was chosen"):
        redaction.sign_redaction(by=second, code=batch.code, seen=seen)


def test_a_signature_is_void_once_the_items_or_the_choices_change(owner, second, batch):
    choose(owner, batch)
    sign(second, batch)
    assert not opens_missing(batch)
    read(owner, batch)
    assert "Virtanen" in texts(batch)[0]
    start_check(by=owner, code=batch.code)
    with pytest.raises(Conflict, match="changed since"):
        sign(second, batch)
    assert opens_missing(batch)


def test_every_finding_is_chosen_and_no_word_matches_everything(owner, batch):
    with pytest.raises(Invalid) as refused:
        redaction.prepare_redaction(by=owner, code=batch.code, choices={}, words=["***"])
    assert {"words", "name source", "phone source"} <= set(refused.value.fields)
    assert not Redaction.objects.exists()


def test_an_owner_of_another_town_learns_nothing(batch):
    client = Client()
    client.force_login(Person.objects.get(pk=subject("Eva", organisation("Ekhamn"), Role.TASK_OWNER).person_id))
    assert client.get(reverse("batch_redaction", args=[batch.code])).status_code == 404


# Carrying it out


def test_cut_off_it_goes_on_where_it_stopped_and_does_nothing_twice(owner, second, batch, monkeypatch):
    choose(owner, batch, words=["name"])
    monkeypatch.setattr(redaction, "STEP", 1)
    held = Redaction.objects.get(batch=batch)
    monkeypatch.setattr(redaction, "AT_ONCE", 0)
    sign(second, batch)
    held.refresh_from_db()
    assert (held.finished, texts(batch)[0].count("Virtanen")) == (None, 1)
    for changing in (choose, read):
        with pytest.raises(Conflict, match="being redacted just now"):
            changing(owner, batch)
    rules = rules_of(held.choices, held.words)
    assert redaction._step(held, rules)
    assert texts(batch)[0] == "Please call ‹name› on ‹telephone›"
    redaction.carry_out(batch=batch.pk, run=held.run)
    redaction.carry_out(batch=batch.pk, run=held.run)
    held.refresh_from_db()
    assert held.finished
    assert texts(batch)[0] == "Please call ‹name› on ‹telephone›"


def test_what_has_stopped_can_be_prepared_anew_and_what_ran_before_writes_no_more(owner, second, batch, monkeypatch):
    monkeypatch.setattr(redaction, "AT_ONCE", 0)
    choose(owner, batch)
    before = sign(second, batch)
    Redaction.objects.update(moved=timezone.now() - STALLED)
    assert "has stopped" in opens_missing(batch)[0]
    choose(owner, batch)
    redaction.carry_out(batch=batch.pk, run=before.run)
    assert "Virtanen" in texts(batch)[0]
    monkeypatch.setattr(redaction, "AT_ONCE", 500)
    assert sign(second, batch).finished


def test_it_takes_few_statements_however_many_items(owner, second, town, django_assert_max_num_queries):
    made = draft(owner, town.pk, "Many")
    upload(owner, made, "text\n" + "".join(f"Ms Virtanen wrote letter {n}\n" for n in range(400)), name="many.csv")
    read(owner, made, {"text": "source"})
    start_check(by=owner, code=made.code)
    choose(owner, made)
    with django_assert_max_num_queries(60):
        assert sign(owner, made).changed == 400


def test_the_log_says_who_chose_and_who_signed_and_no_word_of_it(owner, second, batch):
    choose(owner, batch, words=["Quay Street"])
    sign(second, batch)
    found = Event.objects.filter(code=batch.code, action__contains="redact").order_by("id")
    assert [(event.action.rsplit(".", 1)[1], event.actor_id) for event in found] == [
        ("redaction-prepared", owner.person_id), ("redaction-signed", second.person_id), ("redacted", None),
    ]  # fmt: skip
    assert "Quay" not in str([event.payload for event in found])


# The page


def test_the_page_shows_before_and_after_and_who_may_sign(owner, second, batch, monkeypatch):
    from talkoo.config import middleware

    by = [owner]
    monkeypatch.setattr(middleware, "who_asks", lambda _request: by[0])
    client, where = Client(), reverse("batch_redaction", args=[batch.code])
    client.force_login(Person.objects.get(pk=owner.person_id))
    posted = {f"choice-{at}": "redact" for at in range(len(planned(batch).choices()))}
    page = client.post(where, {**posted, "words": "HR-####"}, follow=True).content.decode()
    assert "<mark>Ms Virtanen</mark>" in page
    assert '<span class="covered">‹name›</span>' in page
    assert "You chose this yourself" in page
    assert "Jonas · " in page  # name and time over the samples
    seen = page.count("Sign and redact")
    by[0] = second
    page = client.get(where).content.decode()
    assert (seen, page.count("Sign and redact")) == (0, 1)
    signed = client.post(where, {"do": "sign", "seen": edition(Redaction.objects.get(batch=batch))}, follow=True)
    assert "Signed by Olga" in signed.content.decode()
    assert client.post(where, {"words": "***"}).status_code == 422


def test_what_is_no_text_stays():
    rules = rules_of({"name source": "redact"}, [])
    payload = {"source": "Ms Virtanen", "n": 3, "list": [1, ["a"]]}
    assert redacted_task(rules, "A", "", payload) == ("A", "", {"source": "‹name›", "n": 3, "list": [1, ["a"]]})
