"""What waits for a reviewer: tasks people could not settle, of batches they review, which they did not answer."""

from django.db.models import Case, Exists, F, OuterRef, QuerySet, When
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission, Relation
from talkoo.access.queries.sieves import sieve
from talkoo.access.subject import Subject
from talkoo.lib import wall
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import Assignment, Batch, BatchPerson, Task, TaskState
from talkoo.microtasks.queries.batches import access_tied_batch


def reviewed_batches(by: Subject) -> QuerySet[Batch]:
    """Batches this person reviews, as far as they may decide on them now: named as a reviewer, or owner of one that names none."""
    ties = BatchPerson.objects.filter(batch=OuterRef("pk"))
    mine = ties.filter(person=by.person_id)
    named = Exists(ties.filter(relation=Relation.REVIEWER))
    return Batch.objects.filter(
        sieve(by, Permission.TASK_REVIEW, tied=True),
        Exists(mine.filter(relation=Relation.REVIEWER)) | (Exists(mine.filter(relation=Relation.OWNER)) & ~named),
    )


def waiting_reviews(by: Subject) -> QuerySet[Task]:
    """Tasks with a reviewer that this person may decide, batch by batch, most doubtful first; their batches are opened."""
    mine = list(reviewed_batches(by).values_list("pk", flat=True))
    wall.open(*mine)
    own = Assignment.objects.filter(task=OuterRef("pk"), person=by.person_id, answer__isnull=False)
    return (
        Task.objects.filter(~Exists(own), state=TaskState.REVIEW, batch__in=mine)
        .select_related("batch", "batch__organisation")
        .order_by("batch__deadline", "batch_id", F("probability").asc(nulls_last=True), "number")
    )


def next_review(by: Subject, task: Task) -> Task | None:
    """What to decide after this one: of the same batch first. Two queries."""
    others = waiting_reviews(by).exclude(pk=task.pk)
    elsewhere = Case(When(batch=task.batch_id, then=0), default=1)
    return others.order_by(elsewhere, *others.query.order_by).first()


def access_review(by: Subject, code: str, number: int) -> Task:
    """The task of a batch this person reviews, decided or not; Missing or Denied as with any batch."""
    batch, _touched = access_tied_batch(by, code, Permission.TASK_REVIEW)
    task = Task.objects.filter(batch=batch, number=number).select_related("result").first()
    if task is None:
        raise Missing(_("This batch has no task %(number)s.") % {"number": number}, remedy=_("Look at the list."))
    task.batch = batch
    return task


def answered_it(by: Subject, task: Task) -> bool:
    return Assignment.objects.filter(task=task, person=by.person_id, answer__isnull=False).exists()
