"""The days somebody has to keep: of batches they own, review or began."""

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from talkoo.access.deciding import at_best
from talkoo.access.permissions import Relation
from talkoo.access.subject import Subject
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, BatchPerson, BatchState
from talkoo.microtasks.queries.batches import offered_batches
from talkoo.notify.queries.calendars import Promise

MOST = 500


def promised(by: Subject) -> list[Promise]:
    """Open and paused batches with a day, each once: as its owner, else as its reviewer, else as somebody who began
    and may still go on. For calendars, which leave the house: names are taken off by whoever writes them. One query.
    """
    by = at_best(by)
    ties = BatchPerson.objects.filter(batch=OuterRef("pk"), person=by.person_id)
    in_work = [AssignmentState.LEASED, AssignmentState.ANSWERED, AssignmentState.LAPSED]
    given = Assignment.objects.filter(batch=OuterRef("pk"), person=by.person_id, state__in=in_work)
    under_way = Batch.objects.filter(state__in=[BatchState.OPEN, BatchState.PAUSED], deadline__isnull=False)
    found = under_way.annotate(
        owns=Exists(ties.filter(relation=Relation.OWNER)),
        reviews=Exists(ties.filter(relation=Relation.REVIEWER)),
        begun=Exists(given),
    )
    open_to_me = Q(begun=True, pk__in=offered_batches(by).values("pk"))
    mine = found.filter(Q(owns=True) | Q(reviews=True) | open_to_me).order_by("deadline", "pk")
    return [_promise(batch) for batch in mine[:MOST]]


def _promise(batch: Batch) -> Promise:
    part = "owner" if batch.owns else "reviewer" if batch.reviews else "begun"  # type: ignore[attr-defined]
    assert batch.deadline is not None
    route = {"owner": "batch", "reviewer": "batch", "begun": "work"}[part]
    link = reverse(route, args=[batch.code])
    return Promise(batch.code, part, batch.title, batch.deadline, link, batch.sensitivity)
