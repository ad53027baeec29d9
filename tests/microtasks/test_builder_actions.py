"""What may be done with a batch: by whom, in which state, and what is refused."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from talkoo.access.permissions import Relation, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing, StepUp
from talkoo.microtasks.actions import batch_people, batches
from talkoo.microtasks.actions.assignments import take_task
from talkoo.microtasks.actions.batch_states import MOVES, discard_draft, move_batch, moves_from
from talkoo.microtasks.actions.data_check import start_check
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, BatchState, Sensitivity, Task, UploadState
from talkoo.microtasks.queries.audience import organisation_tree, people_reached, under
from talkoo.microtasks.queries.batches import offered_batches
from talkoo.microtasks.queries.readiness import cautions
from talkoo.people.models import Person, PersonSkill, Skill, SkillLevel
from tests.microtasks.drafts import draft, read, ready_draft, scanned, state_all, upload
from tests.people import by_password, organisation, person, subject, surely

pytestmark = pytest.mark.django_db


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
def owner(town):
    return subject("Jonas", town, Role.TASK_OWNER)


@pytest.fixture
def batch(owner, town):
    return ready_draft(owner, town.pk)


def circle(batch, **said):
    usual = {"sensitivity": batch.sensitivity, "organisations": [], "skills": [], "deadline": None, "may_choose": False}
    return {"code": batch.code, **usual, **said}


def quality(batch, **said):
    usual = {"sure": 90, "least": 2, "most": 7, "adaptive": True, "minutes": Decimal(2)}
    return {"code": batch.code, **usual, **said}


def email_of(by):
    return Person.objects.get(pk=by.person_id).email


# Who may


def test_only_a_task_owner_of_the_organisation_may_create(town, region):
    for role in set(Role) - {Role.TASK_OWNER}:
        with pytest.raises(Denied):
            draft(subject("Somebody", town, role), town.pk)
    with pytest.raises(Denied):
        draft(subject("Eva", organisation("Ekhamn", region), Role.TASK_OWNER), town.pk)
    assert not Batch.objects.exists()


def test_a_task_owner_of_the_region_may_create_for_a_town_in_it(town, region):
    assert draft(subject("Ingrid", region, Role.TASK_OWNER), town.pk).organisation == town


@pytest.mark.parametrize(
    "act",
    [
        lambda by, batch: batches.edit_about(
            by=by, code=batch.code, title="Mine", summary="", item_word="", language=""
        ),
        lambda by, batch: batches.edit_question(
            by=by, code=batch.code, kind="yes_no", question="?", help="", config={}, ask_sure=False
        ),
        lambda by, batch: batches.edit_quality(by=by, **quality(batch)),
        lambda by, batch: batches.edit_audience(by=by, **circle(batch)),
        lambda by, batch: batches.copy_batch(by=by, code=batch.code),
        lambda by, batch: batch_people.add_person(
            by=by, code=batch.code, email="x@test.example", relation=Relation.OWNER
        ),
        lambda by, batch: batch_people.remove_person(by=by, code=batch.code, person="x", relation=Relation.OWNER),
        lambda by, batch: move_batch(by=by, code=batch.code, verb="open"),
        lambda by, batch: discard_draft(by=by, code=batch.code),
    ],
)
def test_nobody_but_its_owners_does_anything_to_a_batch(act, batch, town, region):
    reviewer = subject("Carla", town)
    batch.ties.create(person_id=reviewer.person_id, relation=Relation.REVIEWER)
    before = Event.objects.count()
    with pytest.raises(Denied):
        act(reviewer, batch)
    with pytest.raises(Missing):
        act(subject("Amina", town), batch)
    with pytest.raises(Missing):
        act(subject("Eva", organisation("Ekhamn", region), Role.TASK_OWNER, Role.ADMINISTRATOR), batch)
    with pytest.raises(Denied):
        act(subject("Lotta", region, Role.COORDINATOR), batch)
    assert Event.objects.count() == before


# Changing


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "t" * 121}, "title"),
        ({"summary": "s" * 241}, "summary"),
        ({"item_word": "w" * 41}, "item_word"),
        ({"title": "a\0b"}, "title"),
        ({"language": "klingon"}, "language"),
    ],
)
def test_words_that_do_not_fit_are_refused_at_their_field(owner, batch, said, field):
    with pytest.raises(Invalid) as refused:
        batches.edit_about(
            by=owner, code=batch.code, **{"title": "T", "summary": "", "item_word": "", "language": "", **said}
        )
    assert list(refused.value.fields) == [field]


def test_an_unknown_kind_of_task_and_a_setting_that_does_not_fit_are_refused(owner, batch):
    for kind, config in (("poem", {}), ("choice", {}), ("choice", {"options": "no list"}), ("scale", {"high": 11})):
        with pytest.raises(Invalid):
            batches.edit_question(
                by=owner, code=batch.code, kind=kind, question="?", help="", config=config, ask_sure=True
            )


def test_what_people_answer_stays_once_it_was_opened(owner, batch):
    move_batch(by=owner, code=batch.code, verb="open")
    with pytest.raises(Conflict):
        batches.edit_question(by=owner, code=batch.code, kind="yes_no", question="?", help="", config={}, ask_sure=True)
    with pytest.raises(Conflict):
        batches.edit_quality(by=owner, **quality(batch))
    with pytest.raises(Conflict):
        discard_draft(by=owner, code=batch.code)


def test_the_circle_of_an_open_batch_only_grows(owner, batch, town, region):
    ekhamn, skill = organisation("Ekhamn", region), Skill.objects.create(code="maps", name="Maps", category="Maps")
    batches.edit_audience(by=owner, **circle(batch, organisations=[town.pk], skills=[skill.pk]))
    move_batch(by=owner, code=state_all(owner, batch).code, verb="open")
    refused = {
        "organisations": {"organisations": [ekhamn.pk], "skills": [skill.pk]},
        "skills": {"skills": [skill.pk, Skill.objects.create(code="law", name="Law", category="Law").pk]},
        "sensitivity": {"sensitivity": Sensitivity.OPEN, "skills": [skill.pk]},
    }
    for field, said in refused.items():
        with pytest.raises(Invalid) as error:
            batches.edit_audience(by=owner, **circle(batch, **said))
        assert list(error.value.fields) == [field]
    batches.edit_audience(by=owner, **circle(batch, organisations=[town.pk, ekhamn.pk]))
    batches.edit_audience(by=owner, **circle(batch))
    with pytest.raises(Invalid):
        batches.edit_audience(by=owner, **circle(batch, organisations=[town.pk]))


def test_the_deadline_of_an_open_batch_moves_but_not_into_the_past(owner, batch):
    move_batch(by=owner, code=state_all(owner, batch).code, verb="open")
    later = timezone.localdate() + timedelta(days=3)
    assert batches.edit_audience(by=owner, **circle(batch, deadline=later)).deadline == later
    with pytest.raises(Invalid):
        batches.edit_audience(by=owner, **circle(batch, deadline=date(2001, 1, 1)))


# Owners and reviewers


def test_several_owners_share_a_batch_and_the_last_one_stays(owner, batch, town):
    birgit = subject("Birgit", town)
    batch_people.add_person(by=owner, code=batch.code, email=email_of(birgit), relation=Relation.OWNER)
    batch_people.add_person(by=owner, code=batch.code, email=email_of(birgit).upper(), relation=Relation.OWNER)
    jonas = Person.objects.get(pk=owner.person_id)
    batch_people.remove_person(by=birgit, code=batch.code, person=jonas.code, relation=Relation.OWNER)
    with pytest.raises(Conflict, match="last owner"):
        batch_people.remove_person(
            by=birgit, code=batch.code, person=Person.objects.get(pk=birgit.person_id).code, relation=Relation.OWNER
        )
    assert list(batch.ties.values_list("person", "relation")) == [(birgit.person_id, Relation.OWNER)]


def test_somebody_who_left_or_never_was_cannot_be_added(owner, batch, town):
    gone = person("Gone", town)
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    for email in (gone.email, "nobody@test.example", ""):
        with pytest.raises(Invalid) as refused:
            batch_people.add_person(by=owner, code=batch.code, email=email, relation=Relation.REVIEWER)
        assert list(refused.value.fields) == ["email"]


# Opening


def test_a_batch_without_items_or_question_does_not_open(owner, town):
    empty = draft(owner, town.pk)
    with pytest.raises(Invalid, match=r"no items yet.*no question yet"):
        move_batch(by=owner, code=empty.code, verb="open")


def test_columns_that_do_not_fit_the_kind_of_task_keep_it_closed(owner, batch):
    batches.edit_question(
        by=owner, code=batch.code, kind="compare", question="Which?", help="", config={}, ask_sure=True
    )
    with pytest.raises(Invalid, match="columns in use do not fit"):
        move_batch(by=owner, code=batch.code, verb="open")


@pytest.mark.parametrize("state", [UploadState.READING, UploadState.FAILED])
def test_items_of_an_earlier_reading_are_not_opened_in_place_of_those_now_wanted(owner, batch, state):
    batch.uploads.update(state=state)
    with pytest.raises(Invalid, match=r"still being read|could not be read"):
        move_batch(by=owner, code=batch.code, verb="open")


def test_who_makes_a_batch_confidential_must_be_able_to_open_it_still(owner, batch):
    scanned(batch)
    with pytest.raises(Invalid) as refused:
        batches.edit_audience(by=by_password(owner), **circle(batch, sensitivity=Sensitivity.CONFIDENTIAL))
    assert "needs a second factor" in refused.value.fields["sensitivity"]
    batches.edit_audience(by=surely(owner), **circle(batch, sensitivity=Sensitivity.CONFIDENTIAL))
    with pytest.raises(StepUp):
        batches.edit_audience(by=owner, **circle(batch, sensitivity=Sensitivity.CONFIDENTIAL))


def test_an_opened_confidential_batch_lets_strangers_in_only_with_everything_stated(owner, batch, region, town):
    owner = surely(owner)
    scanned(batch)
    batches.edit_audience(by=owner, **circle(batch, sensitivity=Sensitivity.CONFIDENTIAL))
    start_check(by=owner, code=batch.code)
    move_batch(by=owner, code=batch.code, verb="open")
    eva = subject("Eva", organisation("Ekhamn", region))
    for relation in (Relation.OWNER, Relation.REVIEWER):
        with pytest.raises(Invalid) as refused:
            batch_people.add_person(by=owner, code=batch.code, email=email_of(eva), relation=relation)
        assert "State first" in refused.value.fields["email"]
    assert not batch.ties.filter(person=eva.person_id).exists()
    amina = subject("Amina", town)
    assert batch_people.add_person(by=owner, code=batch.code, email=email_of(amina), relation=Relation.REVIEWER)


def test_who_is_not_cleared_neither_makes_a_batch_restricted_nor_opens_it(owner, batch):
    scanned(batch)
    with pytest.raises(Invalid) as refused:
        batches.edit_audience(by=surely(owner), **circle(batch, sensitivity=Sensitivity.RESTRICTED))
    assert "not been cleared" in refused.value.fields["sensitivity"]
    Batch.objects.filter(pk=batch.pk).update(sensitivity=Sensitivity.RESTRICTED)
    with pytest.raises(StepUp):  # nobody is cleared for it, not even its owner
        move_batch(by=surely(owner), code=batch.code, verb="open")


def test_nobody_picks_restricted_items(owner, batch):
    scanned(batch)
    cleared = replace(surely(owner), clearance=3)
    with pytest.raises(Invalid) as refused:
        batches.edit_audience(by=cleared, **circle(batch, sensitivity=Sensitivity.RESTRICTED, may_choose=True))
    assert set(refused.value.fields) == {"may_choose"}


def test_confidential_items_stay_in_the_organisation_until_another_one_is_named(owner, batch, town, region):
    owner, ekhamn = surely(owner), organisation("Ekhamn", region)
    scanned(batch)
    eva, amina = surely(subject("Eva", ekhamn)), surely(subject("Amina", town))
    batches.edit_audience(by=owner, **circle(batch, sensitivity=Sensitivity.CONFIDENTIAL))
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.OPEN)
    assert not offered_batches(eva).exists()
    assert offered_batches(amina).exists()
    batch.audience.set([town.pk, ekhamn.pk])
    assert offered_batches(eva).exists()
    assert not offered_batches(subject("Eva again", ekhamn)).exists()


def test_a_deadline_that_passed_keeps_it_closed(owner, batch):
    Batch.objects.filter(pk=batch.pk).update(deadline=timezone.localdate() - timedelta(days=1))
    with pytest.raises(Invalid, match="has passed"):
        move_batch(by=owner, code=batch.code, verb="open")


@pytest.mark.parametrize(("adaptive", "needed"), [(True, 3), (False, 5)])
def test_opening_asks_each_item_for_the_answers_that_were_settled_on(owner, batch, adaptive, needed):
    batches.edit_quality(by=owner, **quality(batch, least=3, most=5, adaptive=adaptive))
    move_batch(by=owner, code=batch.code, verb="open")
    assert set(Task.objects.filter(batch=batch).values_list("needed", flat=True)) == {needed}


def test_cautions_name_what_is_forgotten_and_hinder_nothing(owner, batch):
    words = " ".join(point.text for point in cautions(batch, None, people_reached(batch)))
    for part in ("Nobody is named to decide", "No day is set", "Only 1 people can see it"):
        assert part in words
    assert move_batch(by=owner, code=batch.code, verb="open").state == BatchState.OPEN


# States


def test_every_state_has_somebody_who_may_leave_it_and_a_way_to_all_others_but_draft():
    for state in BatchState:
        assert moves_from(state)
        assert {move.who for move in moves_from(state)} == {Relation.OWNER}
        reached, waiting = set(), [state]
        while waiting:
            fresh = {move.target for move in moves_from(waiting.pop())} - reached
            reached |= fresh
            waiting += fresh
        assert reached == set(BatchState) - {BatchState.DRAFT}


@pytest.mark.parametrize("state", BatchState)
@pytest.mark.parametrize("verb", MOVES)
def test_a_move_happens_from_its_sources_and_from_nowhere_else(owner, batch, state, verb):
    Batch.objects.filter(pk=batch.pk).update(state=state)
    move = MOVES[verb]
    if state in move.sources:
        assert move_batch(by=owner, code=batch.code, verb=verb).state == move.target
        assert Event.objects.latest("id").facts == {"before": state.value, "after": move.target.value}
    else:
        with pytest.raises(Conflict):
            move_batch(by=owner, code=batch.code, verb=verb)
        batch.refresh_from_db()
        assert batch.state == state


def test_a_verb_nobody_knows_is_refused(owner, batch):
    with pytest.raises(Invalid):
        move_batch(by=owner, code=batch.code, verb="fly")


def test_closing_takes_items_back_and_keeps_the_day(owner, batch, town):
    batch = move_batch(by=owner, code=batch.code, verb="open")
    assert take_task(by=subject("Amina", town), batch=batch) is not None
    batch = move_batch(by=owner, code=batch.code, verb="close")
    assert batch.closed is not None
    assert Assignment.objects.get().state == AssignmentState.LAPSED
    assert not Task.objects.filter(batch=batch, active__gt=0).exists()
    assert move_batch(by=owner, code=batch.code, verb="reopen").closed is None


# Copying


def test_a_copy_asks_the_same_of_the_same_people_without_the_items(owner, batch, town):
    carla = subject("Carla", town)
    batches.edit_audience(by=owner, **circle(batch, organisations=[town.pk], deadline=timezone.localdate()))
    batch_people.add_person(by=owner, code=batch.code, email=email_of(carla), relation=Relation.REVIEWER)
    for name in ("open", "close"):
        move_batch(by=owner, code=batch.code, verb=name)
    copy = batches.copy_batch(by=owner, code=batch.code)
    assert (copy.title, copy.state, copy.copy_of, copy.tasks_total, copy.deadline) == (
        "Copy of Letters",
        "draft",
        batch,
        0,
        None,
    )
    assert (copy.question, copy.config, copy.item_word) == (batch.question, batch.config, "letter")
    assert list(copy.audience.all()) == [town]
    assert set(copy.ties.values_list("person", "relation")) == {
        (owner.person_id, "owner"),
        (carla.person_id, "reviewer"),
    }
    upload(owner, copy, "letter_no,text,area\nN1,New words,Hill\n")
    read(owner, copy)
    assert move_batch(by=owner, code=copy.code, verb="open").state == BatchState.OPEN


def test_a_co_owner_of_another_town_copies_into_a_place_of_their_own_or_not_at_all(owner, batch, region):
    ekhamn = organisation("Ekhamn", region)
    eva, amina = subject("Eva", ekhamn, Role.TASK_OWNER), subject("Amina", ekhamn)
    for other in (eva, amina):
        batch_people.add_person(by=owner, code=batch.code, email=email_of(other), relation=Relation.OWNER)
    assert batches.copy_batch(by=eva, code=batch.code).organisation == ekhamn
    with pytest.raises(Denied):
        batches.copy_batch(by=amina, code=batch.code)


# The circle, counted


def test_people_reached_are_those_to_whom_it_is_offered(owner, batch, town, region):
    ekhamn, skill = organisation("Ekhamn", region), Skill.objects.create(code="maps", name="Maps", category="Maps")
    office = organisation("Planning office", town)
    everybody = [subject("Amina", town), subject("Eva", ekhamn), subject("Olli", office), owner]
    PersonSkill.objects.create(person_id=everybody[2].person_id, skill=skill, level=SkillLevel.LEARNING)
    for said, reach in (
        ({}, 4),
        ({"organisations": [town.pk]}, 3),
        ({"organisations": [office.pk, ekhamn.pk]}, 2),
        ({"skills": [skill.pk]}, 1),
    ):
        found = batches.edit_audience(by=owner, **circle(batch, **said))
        assert people_reached(found) == reach


def test_the_tree_stands_in_reading_order(batch, town, region):
    office = organisation("Planning office", town)
    tree = organisation_tree(batch)
    assert [(place.name, place.depth) for place in tree] == [
        ("Harbour Region", 0),
        ("Norrby", 1),
        ("Planning office", 2),
    ]
    assert under(tree, [town.pk]) == {town.pk, office.pk}
