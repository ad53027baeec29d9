"""What people are told about batches. One or a few are told in the transaction of the write; many by a job of their own,
so that no action waits for them. Every occasion has a name: a job that runs again tells nobody twice.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from talkoo.access.permissions import Relation
from talkoo.audit import actions as audit
from talkoo.lib import wall
from talkoo.microtasks.models import (
    Assignment,
    Batch,
    BatchState,
    Problem,
    Question,
    Reply,
    Result,
    Task,
    Upload,
    UploadState,
)
from talkoo.microtasks.queries.noticed import (
    all_settled,
    fitting_people,
    near_its_end,
    tied_people,
    under_other_words,
    with_reviews,
    worked_on,
)
from talkoo.microtasks.queries.protection import deletion_day, soon_deleted
from talkoo.notify.actions.announcing import announce
from talkoo.notify.actions.telling import tell

AT_ONCE = 5000  # people told in one transaction
OFFER, CLOSED = "talkoo.microtasks.jobs.tell_offered", "talkoo.microtasks.jobs.tell_closed"
REWORDED = "talkoo.microtasks.jobs.tell_reworded"
SETTLES = 600  # seconds in which an owner corrects the correction: people are told once, of what it came to


def offer_later(batch: Batch) -> None:
    """Have everybody told whom a batch fits, once the transaction that opens it is through."""
    app.configure_task(OFFER).defer(batch=batch.pk)


def closed_later(batch: Batch, *, by_deadline: bool) -> None:
    """Have those told who worked on a batch that closes now."""
    app.configure_task(CLOSED).defer(batch=batch.pk, by_deadline=by_deadline)


def reworded_later(batch: Batch) -> None:
    """Have those told who answered under other instructions, when the owner has had time to correct them again."""
    job = app.configure_task(REWORDED, queueing_lock=f"tell_reworded:{batch.pk}", schedule_in={"seconds": SETTLES})
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(batch=batch.pk)


def announce_batch(batch: Batch, event: str) -> None:
    """Tell the webhooks of the batch's organisation that it was opened or closed."""
    announce(
        event=event, about=batch.code, organisation_id=batch.organisation_id, sensitivity=batch.sensitivity,
        title=batch.title, tasks=batch.tasks_total, deadline=batch.deadline.isoformat() if batch.deadline else None,
    )  # fmt: skip


def announce_result(task: Task, result: Result, *, first: bool) -> None:
    """Tell the webhooks that an item has a result, or another one. What the result says is read by the API."""
    batch = task.batch
    announce(
        event="task.settled" if first else "result.changed", about=batch.code, organisation_id=batch.organisation_id,
        task=task.number, version=result.version, reason=result.reason,
    )  # fmt: skip


def tell_offered(batch: int) -> int:
    """Tell everybody whom an open batch fits, some thousands at a time. Returns how many were told."""
    told = last = 0
    while True:
        with transaction.atomic():
            found = Batch.objects.filter(pk=batch, state=BatchState.OPEN).first()
            people = fitting_people(found, after=last, most=AT_ONCE) if found else []
            if found is None or not people:
                return told
            work = reverse("work", args=[found.code])
            told += _tell(found, "batch.offered", people, work, f"batch.offered:{found.code}")
            last = people[-1]


def tell_closed(batch: int, *, by_deadline: bool) -> None:
    """Tell those who worked on a batch that it has closed; its owners too, where its day had passed."""
    with transaction.atomic():
        found = Batch.objects.filter(pk=batch, state=BatchState.CLOSED).first()
        if found is None or found.closed is None:
            return
        once = f"{found.code}:{found.closed:%Y%m%d%H%M%S}"
        worked = {person: _outcome(code) for person, code in worked_on(found).items()}
        _tell(found, "batch.closed", worked, worked, f"batch.closed:{once}")
        if by_deadline:
            _tell_owners(found, "batch.ended", f"batch.ended:{once}")


def tell_reworded(batch: int) -> int:
    """Tell whoever answered under other words and has not put the change aside meanwhile. Returns how many were told."""
    told = last = 0
    while True:
        with transaction.atomic():
            found = Batch.objects.filter(pk=batch, state__in=[BatchState.OPEN, BatchState.PAUSED]).first()
            with wall.opened(batch):
                people = under_other_words(found, after=last, most=AT_ONCE) if found else []
            if found is None or not people:
                return told
            link = reverse("work_answers", args=[found.code])
            told += _tell(found, "instructions.changed", people, link, f"reworded:{found.code}:{found.instruction}")
            last = people[-1]


def tell_progress() -> None:
    """Tell what time and answers have brought: a deadline that is near, a last result, something to decide."""
    today, now = timezone.localdate(), timezone.now()
    for batch in near_its_end(today):
        _tell_near(batch)
    for batch in all_settled(now):
        once = f"{batch.code}:{batch.tasks_total}"
        with transaction.atomic():
            worked = {person: _outcome(code) for person, code in worked_on(batch).items()}
            _tell(batch, "batch.settled", worked, worked, f"batch.settled:{once}")
            _tell_owners(batch, "batch.complete", f"batch.complete:{once}")
    for batch in with_reviews():
        with transaction.atomic():
            people = tied_people(batch, Relation.REVIEWER)
            _tell(batch, "review.waiting", people, reverse("reviews"), f"review.waiting:{batch.code}:{today}")


def tell_erasing() -> None:
    """Tell owners a week ahead that the items of a closed batch go, and once more where that day was moved."""
    for batch in soon_deleted():
        day = str(deletion_day(batch, batch.protection))
        with transaction.atomic():
            _tell_owners(batch, "batch.erasing", f"batch.erasing:{batch.code}:{day}", day=day)


def _tell_near(batch: Batch) -> None:
    day = str(batch.deadline)
    with transaction.atomic():
        work = reverse("work", args=[batch.code])
        _tell(batch, "batch.due", worked_on(batch), work, f"batch.due:{batch.code}:{day}", day=day)
        _tell_owners(batch, "batch.ending", f"batch.ending:{batch.code}:{day}", day=day)


def tell_tied(batch: Batch, person: int, relation: Relation, *, by: int) -> None:
    """Tell somebody that they answer for a batch now, unless they did it themselves."""
    if person != by:
        link = reverse("batch", args=[batch.code])
        once = f"tie.{relation}:{batch.code}:{timezone.now():%Y%m%d%H%M%S}"
        _tell(batch, f"tie.{relation}", [person], link, once)


def tell_problem(assignment: Assignment, problem: Problem) -> None:
    """Tell the owners what a contributor found wrong; who it was is not said."""
    batch = assignment.batch
    owners = [person for person in tied_people(batch, Relation.OWNER) if person != problem.person_id]
    link = reverse("task", args=[batch.code, assignment.task.number])
    _tell(batch, "problem.reported", owners, link, f"problem.reported:{problem.pk}")


def tell_reply(batch: Batch, problem: Problem) -> None:
    """Tell whoever reported a problem that there is an answer; a later answer is told anew."""
    own = Assignment.objects.filter(task=problem.task_id, person=problem.person_id).values_list("code", flat=True)
    link = _outcome(str(own[0])) if own else reverse("home")
    once = f"problem.answered:{problem.pk}:{problem.closed:%Y%m%d%H%M%S}"
    _tell(batch, "problem.answered", [problem.person_id], link, once)


def tell_asked(question: Question) -> None:
    """Tell owners and reviewers that somebody asks about an item; who it is is not said."""
    batch = question.batch
    people = {*tied_people(batch, Relation.OWNER), *tied_people(batch, Relation.REVIEWER)} - {question.person_id}
    link = reverse("batch_question", args=[batch.code, question.pk])
    _tell(batch, "question.asked", sorted(people), link, f"question.asked:{question.pk}")


def tell_replied(reply: Reply, questions: QuerySet[Question]) -> None:
    """Tell each of those whose questions it answers, once for the reply; words that change later are told anew."""
    held = Assignment.objects.filter(task=OuterRef("task"), person=OuterRef("person")).values("code")[:1]
    asked = questions.annotate(held=Subquery(held)).exclude(held=None).values_list("person", "held")
    links = {person: _outcome(str(code)) for person, code in asked}
    _tell(reply.batch, "question.replied", links, links, f"question.replied:{reply.pk}:{reply.at:%Y%m%d%H%M%S%f}")


def tell_upload(upload: Upload) -> None:
    """Tell whoever uploaded a file how reading it went."""
    if upload.by_id is None:
        return
    read = upload.state == UploadState.READY
    link = reverse("batch_edit", args=[upload.batch.code, "question" if read else "columns"])
    kind = "upload.read" if read else "upload.failed"
    _tell(upload.batch, kind, [upload.by_id], link, f"{kind}:{upload.pk}:{upload.run}")


def _outcome(code: str) -> str:
    return reverse("assignment", args=[code])


def _tell_owners(batch: Batch, kind: str, once: str, **facts: Any) -> None:
    _tell(batch, kind, tied_people(batch, Relation.OWNER), reverse("batch", args=[batch.code]), once, **facts)


def _tell(
    batch: Batch, kind: str, people: Collection[int], link: str | Mapping[int, str], once: str, **facts: Any
) -> int:
    told = tell(
        to=people, kind=kind, about=("batch", batch.code), link=link, once=once,
        organisation_id=batch.organisation_id, sensitivity=batch.sensitivity, **facts,
    )  # fmt: skip
    if told:
        audit.record(
            by=None, action="microtasks.batch.told", on=("batch", batch.code), organisation_id=batch.organisation_id,
            kind=kind, people=told,
        )  # fmt: skip
    return told
