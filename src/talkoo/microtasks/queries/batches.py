"""Which batches a person may see, and how they are tied to one."""

from dataclasses import replace

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.deciding import at_best
from talkoo.access.permissions import Permission, Relation
from talkoo.access.queries import HIGHEST, Resource, decision, organisations_where
from talkoo.access.queries.sieves import sieve
from talkoo.access.subject import Subject
from talkoo.lib import wall
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import Assignment, Batch, BatchPerson, BatchState, Sensitivity
from talkoo.microtasks.queries.protection import with_hold

SEE = Permission.BATCH_SEE
MINE = frozenset({Relation.PARTICIPANT})
PICKED = frozenset({Relation.PICKED})


def open_batches(by: Subject) -> QuerySet[Batch]:
    """Open batches that may be shown to this person now, whether or not they state the skills asked for.

    Work offered to nobody in particular is offered to all organisations, confidential work to its own. Who holds no role
    today belongs to nobody's organisation any more, and is offered nothing. A guest is offered what they were invited to.
    """
    in_time = Q(deadline__isnull=True) | Q(deadline__gte=timezone.localdate())
    if by.visit is not None:
        return Batch.objects.filter(sieve(by, SEE, host=True), in_time, code=by.visit.batch, state=BatchState.OPEN)
    if not by.roles:
        return Batch.objects.none()
    to_all = ~Exists(Batch.audience.through.objects.filter(batch=OuterRef("pk")))
    to_mine = Exists(Batch.audience.through.objects.filter(batch=OuterRef("pk"), organisation__in=by.within))
    near = Q(sensitivity__lt=Sensitivity.CONFIDENTIAL) | Q(organisation__in=by.within)
    offered = (to_mine & sieve(by, SEE, named=True)) | (to_all & near & sieve(by, SEE))
    return Batch.objects.filter(offered, in_time, state=BatchState.OPEN)


def missing_skills(by: Subject) -> Exists:
    """Whether a batch asks for a skill this person does not state."""
    asked = Batch.skills.through.objects.filter(batch=OuterRef("pk"))
    return Exists(asked.exclude(skill__in=by.skills))


def offered_batches(by: Subject) -> QuerySet[Batch]:
    """Open batches this person may answer: open to one of their organisations, and they state every skill asked for.
    Guests state none: who invited them knows what they can."""
    if by.visit is not None:
        return open_batches(by)
    return open_batches(by).exclude(missing_skills(by))


def my_batches(by: Subject) -> QuerySet[Batch]:
    """Batches this person owns, as far as they may be shown now."""
    tied = Batch.objects.filter(ties__person=by.person_id, ties__relation=Relation.OWNER)
    return tied.filter(sieve(by, SEE, tied=True))


def ties(by: Subject, batch: Batch) -> frozenset[Relation]:
    """Owner, reviewer or neither. Where no reviewer is named, the owners review. One query.

    To a helper only what lies in their care is shown for being tied to it (as in `sieve`)."""
    if by.helper is not None and batch.organisation_id not in by.helper.reach:
        return frozenset()
    held = [(tie.person_id, tie.relation) for tie in batch.ties.all()]
    found = {Relation(relation) for person, relation in held if person == by.person_id}
    if Relation.OWNER in found and not any(relation == Relation.REVIEWER for _person, relation in held):
        found.add(Relation.REVIEWER)
    if batch.code in by.emergencies:
        found.add(Relation.EMERGENCY)
    return frozenset(found)


def relations(by: Subject, batch: Batch) -> frozenset[Relation]:
    """How a person is tied to a batch: owner, reviewer, participant. Two queries."""
    return ties(by, batch) | _offered(by, batch)


def _offered(by: Subject, batch: Batch) -> frozenset[Relation]:
    """Whether it is offered to them, were they to ask as surely as can be: the rules say whether they do."""
    offered = batch.state == BatchState.OPEN and offered_batches(at_best(by)).filter(pk=batch.pk).exists()
    return MINE if offered else frozenset()


def touched(kind: str, code: str, batch: Batch, relations: frozenset[Relation], *, own_work: bool = False) -> Resource:
    """A batch, or something in it, as the door looks at it. One query where it is confidential, else none."""
    named: frozenset[int] = frozenset()
    if batch.sensitivity >= Sensitivity.CONFIDENTIAL:
        named = frozenset(batch.audience.values_list("pk", flat=True))
    return Resource(kind, code, batch.organisation_id, relations, batch.sensitivity, named, own_work, batch.code)


def resource(by: Subject, batch: Batch) -> Resource:
    return touched("batch", batch.code, batch, relations(by, batch))


def offered_resource(by: Subject, batch: Batch) -> Resource:
    """The batch as contributors touch it: only whether it is offered to them counts. One query, the path of every claim."""
    return touched("batch", batch.code, batch, _offered(by, batch))


def tied_resource(by: Subject, batch: Batch, *, own_work: bool = False) -> Resource:
    """The batch as owners, reviewers and coordinators touch it: whether it is offered to them does not matter."""
    return touched("batch", batch.code, batch, ties(by, batch), own_work=own_work)


def named_resource(batch: Batch) -> Resource:
    """A batch by its name and its statements, without anything in it: what a register or a handover shows is internal."""
    return Resource("batch", batch.code, batch.organisation_id, sensitivity=Sensitivity.INTERNAL)


def veiled(by: Subject, batch: Batch, permission: Permission) -> Batch:
    """The batch as loaded, or, where it may not be shown as things are now, without its name. Not to be stored."""
    on = touched("batch", batch.code, batch, frozenset()) if batch.sensitivity else None
    if on is not None and not decision(by, permission, on, counted=False).allowed:
        batch.title = title_for_others(batch.sensitivity)
        batch.summary = batch.question = batch.help = ""
    return batch


def title_for_others(sensitivity: int) -> str:
    """What stands in a list for the title of work that may not be shown: what is going on is told by titles already."""
    return _("A confidential batch") if sensitivity >= Sensitivity.CONFIDENTIAL else _("An internal batch")


def titled(by: Subject, permission: Permission) -> Q:
    """Batches whose title this person may be shown now: `veiled` in the database, and for those who are tied to them."""
    tied = Exists(BatchPerson.objects.filter(batch=OuterRef("pk"), person=by.person_id))
    return sieve(by, permission) | Q(tied) & sieve(by, permission, tied=True)


def held_resource(assignment: Assignment) -> Resource:
    """What was handed out, as the person touches it to whom it was. An item of restricted work ties them to itself alone."""
    restricted = assignment.batch.sensitivity == Sensitivity.RESTRICTED
    return touched("assignment", str(assignment.code), assignment.batch, PICKED if restricted else MINE)


def readable(by: Subject, *, through: str = "") -> Q:
    """Work this person had in hand, as far as it may be shown now: the twin of `held_resource` in the database."""
    if by.visit is not None:
        return Q(**{f"{through}code": by.visit.batch}) & sieve(by, SEE, host=True, through=through)
    row = OuterRef(through.removesuffix("__") or "pk")
    expressly = Exists(Batch.audience.through.objects.filter(batch=row, organisation__in=by.within))
    picked = Q(**{f"{through}sensitivity": Sensitivity.RESTRICTED}) & sieve(by, SEE, tied=True, through=through)
    return sieve(by, SEE, through=through) | (Q(expressly) & sieve(by, SEE, named=True, through=through)) | picked


def seen_batches(by: Subject) -> QuerySet[Batch]:
    """Every batch this person may see now in any way: offered, tied to, or in their care."""
    tied = Exists(BatchPerson.objects.filter(batch=OuterRef("pk"), person=by.person_id))
    in_care = Q(organisation__in=organisations_where(by, SEE))
    offered = Q(pk__in=offered_batches(by).values("pk"))
    found = Q(tied) & sieve(by, SEE, tied=True) | in_care & sieve(by, SEE) | offered
    if by.emergencies:
        found |= Q(code__in=by.emergencies) & sieve(by, SEE, emergency=True)
    return Batch.objects.filter(found)


def known_batches(by: Subject) -> QuerySet[Batch]:
    """Every batch whose being there is no news to this person: what they may see at best, and what names them.

    Who is tied to work and not cleared for it is told so, and whom to ask, instead of finding nothing.
    """
    best = at_best(by)
    named = Exists(BatchPerson.objects.filter(batch=OuterRef("pk"), person=by.person_id))
    return seen_batches(best) | Batch.objects.filter(Q(named) & sieve(replace(best, clearance=HIGHEST), SEE, tied=True))


def tied_batches(by: Subject, *, owned: bool = False) -> QuerySet[Batch]:
    """Batches this person owns, reviews or looks after, or (`owned`) owns; not those that are merely offered."""
    held = BatchPerson.objects.filter(batch=OuterRef("pk"), person=by.person_id)
    tied = sieve(by, SEE, tied=True)
    if owned:
        return Batch.objects.filter(tied, Exists(held.filter(relation=Relation.OWNER)))
    in_care = Q(organisation__in=organisations_where(by, SEE))
    return Batch.objects.filter(Q(Exists(held)) & tied | in_care & sieve(by, SEE))


def let_in(by: Subject, permission: Permission, batch: Batch, touched: Resource) -> None:
    """Authorise, and open the batch to what this request reads and writes from now on (lib.wall)."""
    authorise(by, permission, on=touched)
    wall.open(batch.pk)


def access_batch(by: Subject, code: str, permission: Permission) -> Batch:
    """The batch of this code, with the permission checked. Foreign to you means `Missing` (404), not `Denied`.

    Foreign is what could not be seen even from the best place; what only the circumstances forbid says what is missing.
    """
    held = BatchPerson.objects.select_related("person").order_by("person__name", "pk")
    people = Prefetch("ties", held)  # read once, for the right and for the page
    batch = _one_of(known_batches(by).prefetch_related(people), code)
    let_in(by, permission, batch, resource(by, batch))
    return batch


def access_tied_batch(by: Subject, code: str, permission: Permission) -> tuple[Batch, Resource]:
    """As `access_batch`, for what no participant may: with the resource, for asking which buttons to show."""
    batch = _one_of(with_hold(known_batches(by)), code)
    on = tied_resource(by, batch)
    let_in(by, permission, batch, on)
    return batch, on


def _one_of(batches: QuerySet[Batch], code: str) -> Batch:
    batch = batches.filter(code=code).select_related("organisation", "protection__controller", "redaction").first()
    if batch is None:
        raise not_there()
    return batch


def not_there() -> Missing:
    return Missing(_("There is no such batch, or it is not open to you."), remedy=_("Look at the tasks for you."))
