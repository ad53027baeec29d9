"""When somebody leaves or moves: nothing that was theirs is left without anybody, and what they did stays theirs."""

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission, Relation, Role
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib import wall
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.microtasks.actions.batches import log
from talkoo.microtasks.actions.telling import tell_tied
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, BatchPerson, BatchState, Sensitivity
from talkoo.microtasks.queries.batches import named_resource
from talkoo.microtasks.queries.held import batch_in_care, ties_of
from talkoo.microtasks.queries.readiness import outsiders
from talkoo.people.actions.memberships import check_not_oneself
from talkoo.people.actions.moving import end_roles, hand_over_invitations, move_person
from talkoo.people.actions.persons import deactivate_person
from talkoo.people.models import Organisation, Person
from talkoo.people.queries.persons import holding, seen_people

GIVE_BACK = """
WITH given AS (
    UPDATE microtasks_assignment SET state = 'lapsed' WHERE person_id = %s AND state = 'leased' RETURNING task_id),
held AS (SELECT t.id FROM microtasks_task t JOIN given ON given.task_id = t.id ORDER BY t.id FOR NO KEY UPDATE OF t)
UPDATE microtasks_task t SET active = t.active - 1, pos = CASE WHEN t.closed THEN t.pos ELSE nextval('microtasks_task_pos') END
FROM held WHERE t.id = held.id AND t.state <> 'control'
"""


def let_go(*, by: Subject, person: Person, to: str = "", for_good: bool = True) -> Person:
    """Somebody leaves: their account closes at once, and whoever has the address `to` takes over what is theirs alone.

    `for_good` ends their roles too; otherwise these rest, and hold again when the account is opened. Answers, results
    and decisions stay with their name as they are. Raises Invalid (field `to`) where something would be left without
    anybody and no one, or no one fit, was named; Conflict where it belongs to organisations of others.
    """
    with transaction.atomic():
        person = deactivate_person(by=by, person=person)
        _hand_over(by, person, list(ties_of(person)), to)
        if for_good:
            end_roles(by=by, person=person)
    return person


def move_with_work(
    *,
    by: Subject,
    person: Person,
    source: Organisation,
    target: Organisation,
    day: date,
    along: bool = False,
    to: str = "",
) -> Person:
    """Somebody moves to another organisation on a day; with `to`, their part in batches of the old one is handed over
    at once. Without it they keep it: they are still here.

    Confidential batches stay inside their organisation: who owns one alone has to name somebody. Raises as `let_go`
    and `move_person`.
    """
    with transaction.atomic():
        person = move_person(by=by, person=person, source=source, target=target, day=day, along=along)
        ties = [tie for tie in ties_of(person) if tie.batch.organisation_id == source.pk]
        inside = {Sensitivity.CONFIDENTIAL, Sensitivity.RESTRICTED}
        bound = [tie for tie in ties if tie.batch.sensitivity in inside]
        if to.strip() or bound:
            _hand_over(by, person, ties if to.strip() else bound, to)
    return person


def hand_over_batch(*, by: Subject, code: str, to: str) -> Batch:
    """Give a batch whose owners have left a new one, by address. What the earlier owners did stays in the log.

    Raises Missing for a foreign batch, Conflict where an owner is here still (they name others themselves).
    """
    with transaction.atomic():
        found = batch_in_care(by, code)
        authorise(by, Permission.MEMBERSHIP_EDIT, on=named_resource(found))
        batch = Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
        ties = [tie for tie in batch.ties.filter(relation=Relation.OWNER) if not _is_gone(tie)]
        if ties:
            raise Conflict(_("An owner of this batch is here."), remedy=_("Ask them to add another owner."))
        heir = _heir(by, to, None)
        batch.ties.filter(relation=Relation.OWNER).delete()
        _give(by, batch, Relation.OWNER, heir)
    return batch


def _is_gone(tie: BatchPerson) -> bool:
    return not tie.person.is_active or not holding().filter(person=tie.person_id).exists()


def _hand_over(by: Subject, person: Person, ties: Sequence[BatchPerson], to: str) -> None:
    """Take the person's parts away; where nobody else has the same, the heir gets it."""
    alone = [tie for tie in ties if not tie.shared]  # type: ignore[attr-defined]
    _check_reach(by, alone)
    heir = _heir(by, to, person) if to.strip() else None
    if alone and heir is None and (left := [tie for tie in alone if tie.relation == Relation.OWNER]):
        words = {"n": len(left), "title": left[0].batch.title}
        reason = ngettext(
            "Nobody else owns “%(title)s”. Say who takes it over.",
            "Nobody else owns %(n)d batches, such as “%(title)s”. Say who takes them over.",
            len(left),
        )
        raise Invalid(reason % words, fields={"to": reason % words})
    for tie in sorted(ties, key=lambda each: each.batch_id):
        batch = Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=tie.batch_id)
        tie.delete()
        log(by, batch, f"{tie.relation}-removed", person=person.code)
        if heir is not None and tie in alone:
            _give(by, batch, Relation(tie.relation), heir)
    give_back_tasks(person)
    hand_over_invitations(by=by, person=person, to=heir)


def _check_reach(by: Subject, alone: Sequence[BatchPerson]) -> None:
    reach = organisations_where(by, Permission.MEMBERSHIP_EDIT)
    foreign = {tie.batch.organisation.name for tie in alone if tie.batch.organisation_id not in reach}
    if foreign:
        words = {"organisations": ", ".join(sorted(foreign))}
        raise Conflict(
            _("They alone answer for work of %(organisations)s, which you do not look after.") % words,
            _("Ask the coordinator there, or one above you both, to name somebody else for it first."),
        )


def _heir(by: Subject, to: str, leaving: Person | None) -> Person:
    """Who takes over, by address: somebody here, in the asking person's care, and not the asking one themselves."""
    person = seen_people(by).filter(email__iexact=to.strip()[:254], is_active=True).first()
    if person is None or person == leaving or not holding().filter(person=person).exists():
        reason = _("Nobody in the organisations you look after has this address and a role. Choose somebody who does.")
        raise Invalid(reason, fields={"to": reason})
    try:
        check_not_oneself(by, person, Role.TASK_OWNER)
    except Denied:
        reason = _("Name somebody else: nobody gives work in their care to themselves.")
        raise Invalid(reason, fields={"to": reason}) from None
    return person


def _give(by: Subject, batch: Batch, relation: Relation, heir: Person) -> None:
    BatchPerson.objects.get_or_create(batch=batch, person=heir, relation=relation)
    if batch.state != BatchState.DRAFT and batch.sensitivity >= Sensitivity.CONFIDENTIAL and outsiders(batch):
        reason = _("“%(title)s” is confidential: only somebody of %(organisation)s can take it over.")
        reason %= {"title": batch.title, "organisation": batch.organisation.name}
        raise Invalid(reason, fields={"to": reason})
    log(by, batch, f"{relation}-added", person=heir.code, handed_over=True)
    tell_tied(batch, heir.pk, relation, by=by.person_id)


def give_back_tasks(person: Person) -> None:
    """Items in hand go to others; what was typed stays with the person and is there when they come back."""
    leased = Assignment.objects.filter(person=person, state=AssignmentState.LEASED)
    held = list(leased.values_list("batch", flat=True))
    if not held:
        return
    with wall.opened(*held), connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [person.pk])
