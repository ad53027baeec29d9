"""Items with a known answer: stating it, taking it back, how often they are handed out, and what an answer to one does."""

from collections.abc import Sequence
from random import SystemRandom
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from talkoo.access.queries.measuring import runs
from talkoo.access.subject import Subject
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions import combining
from talkoo.microtasks.actions.batches import log, own_batch
from talkoo.microtasks.models import (
    Answer,
    Assignment,
    AssignmentState,
    Batch,
    BatchState,
    KnownAnswer,
    PracticeAnswer,
    Task,
    TaskState,
)
from talkoo.microtasks.queries.control import known_items, known_task, value_in
from talkoo.microtasks.queries.measures import RELIABILITY
from talkoo.microtasks.task_types import check_value, task_type
from talkoo.microtasks.task_types.knowing import agrees

WHY_LIMIT = 1000
LEAST_EVERY, MOST_EVERY = 3, 50
_chance = SystemRandom()


def mark_known(*, by: Subject, code: str, number: int, value: Any, why: str = "", practice: bool = False) -> Task:
    """State the known answer of an item, and why it is that. From now on it is no work of the batch any more.

    It is handed out among the others to measure certainty, or kept for practice. Answers it has already stay and count
    as answers to a known item; it has no result and no row in the export. Stated again, the later answer stands, and
    what was measured by the earlier one, or marked by it in practice, is so anew.
    Raises Denied, Missing, Invalid naming the field, Conflict for a closed batch, and for an item that is to measure
    although somebody practised on it.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code)
        _check_whole(batch)
        task = _locked(batch, number)
        _check(batch, task, value, why)
        if not practice:
            _check_not_shown(task)
        people = _held_counts(task)
        declared = task_type(batch.task_type)
        if task.state != TaskState.CONTROL:
            _take_out(batch, task)
        before = KnownAnswer.objects.filter(task=task).first()
        text = declared.words(batch.config, value)[:WHY_LIMIT]
        KnownAnswer.objects.update_or_create(
            task=task, defaults={"batch": batch, "text": text, "value": value, "why": why.strip(), "practice": practice}
        )
        _mark_anew(batch, task, value)
        _place(task, practice=practice)
        _count_known(batch, entered=not practice and (before is None or before.practice))
        count_anew(batch, people)
        log(by, batch, "known-answer-stated", task=number, practice=practice)
    return task


def _check(batch: Batch, task: Task, value: Any, why: str) -> None:
    fields = {}
    if value is None:
        fields["choice"] = _("Choose the answer that is known to be right.")
    if len(why) > WHY_LIMIT:
        fields["why"] = _("Shorten this to %(most)d characters; it has %(length)d.") % {
            "most": WHY_LIMIT,
            "length": len(why),
        }
    if fields:
        raise Invalid(_("This cannot be saved yet."), remedy=_("Look at what is marked."), fields=fields)
    check_value(task_type(batch.task_type), batch.config, value, task.payload)


def _check_whole(batch: Batch) -> None:
    """Everybody is handed items with a known answer: a piece among them would go past the caps."""
    if batch.records:
        raise Conflict(
            _("The items of this batch are pieces of records, and nobody may have too many of one."),
            remedy=_("Known answers go with whole items only."),
        )


def _check_not_shown(task: Task) -> None:
    """Whoever practised on an item was told its answer: an answer to it measures nothing any more."""
    if PracticeAnswer.objects.filter(task=task).exists():
        raise Conflict(
            _("People have practised on this item and were shown its answer."),
            remedy=_("Keep it for practice, and choose another item instead."),
        )


def _take_out(batch: Batch, task: Task) -> None:
    """The item leaves the counts of the batch. Who holds it may still answer it."""
    combining.keep_tally(
        task, answers=-(task.done + task.surplus), surplus=-task.surplus,
        closed=-int(task.state == TaskState.CLOSED), review=-int(task.state == TaskState.REVIEW),
    )  # fmt: skip
    task.state, task.closed, task.result = TaskState.CONTROL, True, None
    task.active = task.done = task.surplus = 0
    task.differ, task.probability, task.estimate = False, None, []
    task.save(
        update_fields=["state", "closed", "result", "active", "done", "surplus", "differ", "probability", "estimate"]
    )
    Batch.objects.filter(pk=batch.pk).update(tasks_total=F("tasks_total") - 1)


def _mark_anew(batch: Batch, task: Task, value: Any) -> None:
    """What people answered in practice is right or wrong by the answer that stands now."""
    declared, tried = task_type(batch.task_type), list(PracticeAnswer.objects.filter(task=task))
    for each in tried:
        each.agrees = agrees(declared, batch.config, each.value, value)
    PracticeAnswer.objects.bulk_update(tried, ["agrees"], batch_size=500)


def _place(task: Task, *, practice: bool) -> None:
    """A random place in the rotation, or none for practice."""
    task.spot = None if practice else task.spot if task.spot is not None else _chance.random()
    task.save(update_fields=["spot"])


def _count_known(batch: Batch, *, entered: bool = False) -> None:
    """How many items are for practice, and how many there are to be handed out. Once the batch is open the latter only
    grows, by each that `entered`: people have been given so many of so many."""
    known = KnownAnswer.objects.filter(batch=batch)
    batch.practice_added = known.filter(practice=True).count()
    batch.controls_added += int(entered)
    if batch.state == BatchState.DRAFT:
        batch.controls_added = known.filter(practice=False).count()
    batch.save(update_fields=["practice_added", "controls_added"])


def take_back_known(*, by: Subject, code: str, number: int) -> Task:
    """Make an item with a known answer ordinary work again; the answers it has count as answers.

    Raises Denied, Missing, Conflict where it has no known answer, and where somebody practised on it.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code)
        task = _locked(batch, number)
        if task.state != TaskState.CONTROL:
            raise Conflict(_("This item has no known answer."), remedy=_("Look at it again."))
        _check_not_shown(task)
        people = _held_counts(task)
        KnownAnswer.objects.filter(task=task).delete()
        _bring_in(batch, task)
        _count_known(batch)
        count_anew(batch, people)
        log(by, batch, "known-answer-taken-back", task=number)
    return task


def _bring_in(batch: Batch, task: Task) -> None:
    held = Assignment.objects.filter(task=task)
    task.active = held.filter(state=AssignmentState.LEASED).count()
    task.done = held.filter(state=AssignmentState.ANSWERED).count()
    task.surplus = held.filter(state=AssignmentState.SURPLUS).count()
    task.state, task.closed, task.spot = TaskState.OPEN, False, None
    wanted = batch.least if batch.adaptive else batch.most
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microtasks_task SET state = 'open', closed = false, spot = NULL, active = %s, done = %s, surplus = %s,"
            " needed = %s, pos = nextval('microtasks_task_pos') WHERE id = %s",
            [task.active, task.done, task.surplus, max(wanted, task.active + task.done), task.pk],
        )
    task.refresh_from_db(fields=["needed", "pos", "is_open"])
    Batch.objects.filter(pk=batch.pk).update(tasks_total=F("tasks_total") + 1)
    combining.keep_tally(task, answers=task.done + task.surplus, surplus=task.surplus)
    if task.done:
        combining.combine_task(task)


def edit_control(
    *, by: Subject, code: str, every: int, practice_right: int, practice_items: int | None = None
) -> Batch:
    """How often an item with a known answer is handed out (one in `every`, 0 never), and how many right answers in
    practice come before a person's first item (0: practice is free).

    `practice_items` of those with a known answer are kept for practice, drawn at random; drafts only.
    Raises Invalid naming the field.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code)
        fields = {}
        if every != 0 and not LEAST_EVERY <= every <= MOST_EVERY:
            said = {"least": LEAST_EVERY, "most": MOST_EVERY}
            fields["every"] = _("Choose between one in %(least)d and one in %(most)d.") % said
        if practice_items is not None and practice_items < 0:
            fields["practice_items"] = _("Choose 0 or more.")
        if practice_items is not None and not fields and batch.state == BatchState.DRAFT:
            _keep_for_practice(batch, practice_items)
        if not 0 <= practice_right <= batch.practice_added:
            said = {"most": batch.practice_added}
            fields["practice_right"] = _("Choose from 0 to %(most)d: so many items are for practice.") % said
        if fields:
            raise Invalid(_("This cannot be saved yet."), remedy=_("Look at what is marked."), fields=fields)
        batch.control_every, batch.practice_right = every, practice_right
        batch.save(update_fields=["control_every", "practice_right"])
        log(by, batch, "control-changed", every=every, practice_right=practice_right)
    return batch


def _keep_for_practice(batch: Batch, wanted: int) -> None:
    """Draw or give back as few as it takes, so that what was chosen by hand stays where it can."""
    kept = list(KnownAnswer.objects.filter(batch=batch, practice=True).values_list("pk", flat=True))
    free = list(KnownAnswer.objects.filter(batch=batch, practice=False).values_list("pk", flat=True))
    if len(kept) > wanted:
        KnownAnswer.objects.filter(pk__in=_chance.sample(kept, len(kept) - wanted)).update(practice=False)
    elif wanted > len(kept):
        KnownAnswer.objects.filter(pk__in=_chance.sample(free, min(wanted - len(kept), len(free)))).update(
            practice=True
        )
    spread(batch)


def spread(batch: Batch) -> None:
    """Give every control item of the batch its random place in the rotation, those for practice none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microtasks_task t SET spot = CASE WHEN k.practice THEN NULL ELSE coalesce(t.spot, random()) END"
            " FROM microtasks_knownanswer k WHERE k.task_id = t.id AND t.batch_id = %s",
            [batch.pk],
        )
    _count_known(batch)


def settle_known(batch: Batch) -> None:
    """When the batch opens: each known answer becomes a value of the question that now stands."""
    items = list(known_items(batch))
    for known in items:
        known.value = value_in(batch, known)
    KnownAnswer.objects.bulk_update(items, ["value"], batch_size=500)
    spread(batch)


def take_in_control(assignment: Assignment, task: Task, before: Answer | None, answer: Answer) -> None:
    """What an answer to a control item does: it moves this person's two counts, which only that person is shown."""
    known = KnownAnswer.objects.filter(task=task).first()
    if known is None or known.practice or not runs(RELIABILITY, assignment.batch.organisation_id):
        return
    batch = assignment.batch
    declared = task_type(batch.task_type)
    now = int(agrees(declared, batch.config, answer.value, known.value))
    then = int(before is not None and agrees(declared, batch.config, before.value, known.value))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO microtasks_reliability AS r (batch_id, person_id, counts, controls, agreed) VALUES (%s, %s, '[]', 1, %s)"
            " ON CONFLICT (batch_id, person_id) DO UPDATE SET controls = r.controls + %s, agreed = greatest(r.agreed + %s, 0)",
            [batch.pk, assignment.person_id, now, int(before is None), now - then],
        )


def _held_counts(task: Task) -> list[int]:
    """Everybody who answered a locked task. Their counts in its batch are held until the transaction ends, in the order
    of person and before the tally, as everybody takes them: no answer is lost to a recount, nobody waits in a circle."""
    answered = Assignment.objects.filter(task=task, state=AssignmentState.ANSWERED)
    people = list(answered.order_by("person").values_list("person", flat=True))
    hold_counts(task.batch, people)
    return people


def hold_counts(batch: Batch, people: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO microtasks_reliability AS r (batch_id, person_id, counts)"
            " SELECT %s, p, '[]' FROM unnest(%s::bigint[]) AS n (p) ORDER BY p"
            " ON CONFLICT (batch_id, person_id) DO UPDATE SET controls = r.controls",
            [batch.pk, list(people)],
        )


def count_anew(batch: Batch, people: Sequence[int]) -> None:
    """The two counts of these people, which are held, after a known answer was stated, changed or taken back."""
    if not runs(RELIABILITY, batch.organisation_id):
        return
    declared = task_type(batch.task_type)
    given = Assignment.objects.filter(
        batch=batch, person__in=people, state=AssignmentState.ANSWERED,
        task__state=TaskState.CONTROL, task__known__practice=False,
    ).values_list("person", "answer__value", "task__known__value")  # fmt: skip
    counts = {person: [0, 0] for person in people}
    for person, value, known in given.iterator(chunk_size=5000):
        counts[person][0] += 1
        counts[person][1] += int(agrees(declared, batch.config, value, known))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microtasks_reliability r SET controls = n.c, agreed = n.a"
            " FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS n (p, c, a) WHERE r.batch_id = %s AND r.person_id = n.p",
            [list(counts), [row[0] for row in counts.values()], [row[1] for row in counts.values()], batch.pk],
        )


def _locked(batch: Batch, number: int) -> Task:
    """The item, locked in full: whoever is handed a control item, or practises on one, holds no more than its key, and
    must be waited for before the item becomes something else."""
    found = known_task(batch, number)
    task = Task.objects.select_for_update().get(pk=found.pk)
    task.batch = batch
    return task
