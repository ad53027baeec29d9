"""What somebody has in hand: the work that would be left without anybody when they go."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission, Relation
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, BatchPerson
from talkoo.microtasks.queries.batches import veiled
from talkoo.people.models import Invitation, Person
from talkoo.people.queries.persons import holding


@dataclass(frozen=True, slots=True)
class Tie:
    """A part in a batch. `alone`: nobody else who is here has it, so it has to be handed over."""

    batch: Batch
    relation: Relation
    alone: bool


@dataclass(frozen=True, slots=True)
class Held:
    """What a person holds. `ties` are those in the asking person's care; `elsewhere` counts the others, which nobody
    else can take, and is the reason for a refusal: their titles belong to other organisations."""

    ties: Sequence[Tie]
    elsewhere: int
    leases: int
    invitations: int
    answers: int

    @property
    def alone(self) -> list[Tie]:
        return [tie for tie in self.ties if tie.alone]


def here_still() -> QuerySet[BatchPerson]:
    """Ties of people who are here: the account is open and a role is held."""
    return BatchPerson.objects.filter(Exists(holding().filter(person=OuterRef("person"))), person__is_active=True)


def ties_of(person: Person) -> QuerySet[BatchPerson]:
    """Every part of a person in a batch, with `shared`: whether somebody else who is here has the same."""
    others = here_still().filter(batch=OuterRef("batch"), relation=OuterRef("relation")).exclude(person=person)
    found = BatchPerson.objects.filter(person=person).annotate(shared=Exists(others))
    return found.select_related("batch", "batch__organisation").order_by("batch__state", "batch__title", "relation")


def held_by(by: Subject, person: Person) -> Held:
    """What has to be looked at before a person goes, as far as the asking one may see it. Two queries."""
    reach = organisations_where(by, Permission.MEMBERSHIP_EDIT)
    ties = [Tie(tie.batch, Relation(tie.relation), not tie.shared) for tie in ties_of(person)]  # type: ignore[attr-defined]
    mine = [tie for tie in ties if tie.batch.organisation_id in reach]
    for tie in mine:
        veiled(by, tie.batch, Permission.MEMBERSHIP_EDIT)
    foreign = {tie.batch.pk for tie in ties if tie.batch.organisation_id not in reach and tie.alone}
    return Held(ties=mine, elsewhere=len(foreign), **_counts(person))


def _counts(person: Person) -> dict[str, int]:
    """Items in hand, answers given, invitations without an answer. One query."""
    sent = Invitation.objects.filter(invited_by=OuterRef("pk"), accepted__isnull=True, withdrawn__isnull=True)
    taken = Assignment.objects.filter(person=OuterRef("pk"))
    found = Person.objects.filter(pk=person.pk).annotate(
        leases=_number(taken.filter(state=AssignmentState.LEASED), "person"),
        answers=_number(taken.filter(answer__isnull=False), "person"),
        invitations=_number(sent, "invited_by"),
    )
    leases, answers, invitations = found.values_list("leases", "answers", "invitations").get()
    return {"leases": leases, "answers": answers, "invitations": invitations}


def _number(rows: QuerySet[Assignment] | QuerySet[Invitation], by: str) -> Coalesce:
    counted = rows.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def batch_in_care(by: Subject, code: str) -> Batch:
    """The batch of this code in an organisation whose people this person looks after, else `Missing` (404)."""
    reach = organisations_where(by, Permission.MEMBERSHIP_EDIT)
    batch = Batch.objects.filter(organisation__in=reach, code=code).select_related("organisation").first()
    if batch is None:
        raise Missing(_("There is no such batch in the organisations you look after."), _("Look at what is stuck."))
    return veiled(by, batch, Permission.MEMBERSHIP_EDIT)


def who_could_take_over(by: Subject, leaving: Person | None = None) -> QuerySet[Person]:
    """People to suggest: owners of batches and task owners in the asking person's care, by name; a hundred at most."""
    reach = organisations_where(by, Permission.MEMBERSHIP_EDIT)
    held = holding().filter(person=OuterRef("pk"), organisation__in=reach)
    owns = BatchPerson.objects.filter(person=OuterRef("pk"), batch__organisation__in=reach)
    found = Person.objects.filter(Exists(held), Q(Exists(held.filter(role="task_owner"))) | Q(Exists(owns)))
    found = found.filter(is_active=True).exclude(pk=by.person_id)
    return (found.exclude(pk=leaving.pk) if leaving else found).order_by("name", "pk")[:100]
