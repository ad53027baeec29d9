"""Which batches a person may see, and how they are tied to one."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission, Relation
from talkoo.access.queries import Resource, organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import Batch, BatchPerson, BatchState, Sensitivity
from talkoo.microtasks.queries.protection import with_hold


def open_batches(by: Subject) -> QuerySet[Batch]:
    """Open batches that may be shown to this person, whether or not they state the skills asked for.

    Confidential work stays in the organisation that owns it; restricted work is never offered. Who holds no role
    today belongs to nobody's organisation any more, and is offered nothing.
    """
    if not by.roles:
        return Batch.objects.none()
    to_all = ~Exists(Batch.audience.through.objects.filter(batch=OuterRef("pk")))
    to_mine = Exists(Batch.audience.through.objects.filter(batch=OuterRef("pk"), organisation__in=by.within))
    inside = Q(organisation__in=by.within)
    reach = Q(sensitivity__lte=Sensitivity.INTERNAL) | Q(sensitivity=Sensitivity.CONFIDENTIAL) & inside
    in_time = Q(deadline__isnull=True) | Q(deadline__gte=timezone.localdate())
    return Batch.objects.filter(reach, in_time, to_all | to_mine, state=BatchState.OPEN)


def missing_skills(by: Subject) -> Exists:
    """Whether a batch asks for a skill this person does not state."""
    asked = Batch.skills.through.objects.filter(batch=OuterRef("pk"))
    return Exists(asked.exclude(skill__in=by.skills))


def offered_batches(by: Subject) -> QuerySet[Batch]:
    """Open batches this person may answer: open to one of their organisations, and they state every skill asked for."""
    return open_batches(by).exclude(missing_skills(by))


def my_batches(by: Subject) -> QuerySet[Batch]:
    """Batches this person owns."""
    return Batch.objects.filter(ties__person=by.person_id, ties__relation=Relation.OWNER)


def ties(by: Subject, batch: Batch) -> frozenset[Relation]:
    """Owner, reviewer or neither. Where no reviewer is named, the owners review. One query."""
    held = list(BatchPerson.objects.filter(batch=batch).values_list("person", "relation"))
    found = {Relation(relation) for person, relation in held if person == by.person_id}
    if Relation.OWNER in found and not any(relation == Relation.REVIEWER for _person, relation in held):
        found.add(Relation.REVIEWER)
    return frozenset(found)


def relations(by: Subject, batch: Batch) -> frozenset[Relation]:
    """How a person is tied to a batch: owner, reviewer, participant. Two queries."""
    found = set(ties(by, batch))
    if batch.state == BatchState.OPEN and offered_batches(by).filter(pk=batch.pk).exists():
        found.add(Relation.PARTICIPANT)
    return frozenset(found)


def resource(by: Subject, batch: Batch) -> Resource:
    return Resource("batch", batch.code, batch.organisation_id, relations(by, batch))


def offered_resource(by: Subject, batch: Batch) -> Resource:
    """The batch as contributors touch it: only whether it is offered to them counts. One query, the path of every claim."""
    offered = batch.state == BatchState.OPEN and offered_batches(by).filter(pk=batch.pk).exists()
    relations = frozenset({Relation.PARTICIPANT}) if offered else frozenset[Relation]()
    return Resource("batch", batch.code, batch.organisation_id, relations)


def tied_resource(by: Subject, batch: Batch) -> Resource:
    """The batch as owners, reviewers and coordinators touch it: whether it is offered to them does not matter."""
    return Resource("batch", batch.code, batch.organisation_id, ties(by, batch))


def seen_batches(by: Subject) -> QuerySet[Batch]:
    """Every batch this person may see in any way: offered, tied to, or in their care."""
    tied = Exists(BatchPerson.objects.filter(batch=OuterRef("pk"), person=by.person_id))
    in_care = Q(organisation__in=organisations_where(by, Permission.BATCH_SEE))
    offered = Q(pk__in=offered_batches(by).values("pk"))
    return Batch.objects.filter(Q(tied) | in_care | offered)


def tied_batches(by: Subject, *, owned: bool = False) -> QuerySet[Batch]:
    """Batches this person owns, reviews or looks after, or (`owned`) owns; not those that are merely offered."""
    held = BatchPerson.objects.filter(batch=OuterRef("pk"), person=by.person_id)
    if owned:
        return Batch.objects.filter(Exists(held.filter(relation=Relation.OWNER)))
    return Batch.objects.filter(Exists(held) | Q(organisation__in=organisations_where(by, Permission.BATCH_SEE)))


def access_batch(by: Subject, code: str, permission: Permission) -> Batch:
    """The batch of this code, with the permission checked. Foreign to you means `Missing` (404), not `Denied`."""
    batch = _one_of(seen_batches(by), code)
    authorise(by, permission, on=resource(by, batch))
    return batch


def access_tied_batch(by: Subject, code: str, permission: Permission) -> tuple[Batch, Resource]:
    """As `access_batch`, for what no participant may: with the resource, for asking which buttons to show."""
    batch = _one_of(with_hold(seen_batches(by)), code)
    touched = tied_resource(by, batch)
    authorise(by, permission, on=touched)
    return batch, touched


def _one_of(batches: QuerySet[Batch], code: str) -> Batch:
    batch = batches.filter(code=code).select_related("organisation", "protection__controller").first()
    if batch is None:
        raise not_there()
    return batch


def not_there() -> Missing:
    return Missing(_("There is no such batch, or it is not open to you."), remedy=_("Look at the tasks for you."))
