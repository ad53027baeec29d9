"""What a person has in hand, and what is left for them."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, Task


def my_assignments(by: Subject) -> QuerySet[Assignment]:
    return Assignment.objects.filter(person_id=by.person_id)


def access_assignment(by: Subject, code: str | UUID, *, lock: bool = False) -> Assignment:
    """The assignment of this code if it is in this person's name; anybody else's is Missing (404)."""
    found = my_assignments(by).select_related("batch", "task", "batch__organisation", "answer")
    if lock:
        found = found.select_for_update(of=("self",))
    try:
        return found.get(code=code)
    except (Assignment.DoesNotExist, ValueError):
        raise Missing(_("There is no such task in your name."), remedy=_("Look at the tasks for you.")) from None


@dataclass(frozen=True, slots=True)
class Remaining:
    """Why there is nothing to hand out now, in counts: what the page says instead of “no more tasks”."""

    open: int
    mine: int
    skipped: int
    in_other_hands: int
    settled: int
    total: int


def remaining(by: Subject, batch: Batch) -> Remaining:
    """Counts of a batch as seen by one person; asked only where a claim found nothing."""
    tasks = Task.objects.filter(batch=batch)
    done = my_assignments(by).filter(batch=batch, task=OuterRef("pk"))
    unsettled = tasks.filter(closed=False)
    return Remaining(
        open=unsettled.filter(is_open=True).exclude(Exists(done)).count(),
        mine=unsettled.filter(Exists(done.filter(state=AssignmentState.ANSWERED))).count(),
        skipped=unsettled.filter(Exists(done.filter(state=AssignmentState.SKIPPED))).count(),
        in_other_hands=unsettled.filter(is_open=False).exclude(Exists(done)).count(),
        settled=tasks.filter(closed=True).count(),
        total=batch.tasks_total,
    )


@dataclass(frozen=True, slots=True)
class MyShare:
    """How far one person has come in a batch, and the minutes stated for it."""

    answered: int
    minutes: float


def my_share(by: Subject, batch: Batch) -> MyShare:
    answered = my_assignments(by).filter(batch=batch, answer__isnull=False).count()
    return MyShare(answered, float(answered * batch.minutes))
