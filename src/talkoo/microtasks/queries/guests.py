"""Who was invited from outside, and how much of a batch they answered."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission, Relation
from talkoo.access.queries import Resource, organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import Batch, BatchPerson, Guest
from talkoo.microtasks.queries.batches import ties
from talkoo.people.models import Person

END = Permission.GUEST_END
ANSWERS = """
SELECT count(DISTINCT a.person_id), count(*) FROM microtasks_guest g
JOIN microtasks_assignment a ON a.batch_id = g.batch_id AND a.person_id = g.person_id AND a.answer_id IS NOT NULL
WHERE g.id IN (SELECT DISTINCT ON (person_id) id FROM microtasks_guest WHERE batch_id = %s ORDER BY person_id, id)
"""


def staying(email: str = "", code: str = "") -> QuerySet[Guest]:
    """The invitations in force of an address, or the one of this code."""
    found = Guest.objects.filter(ended__isnull=True, until__gt=timezone.now())
    return found.filter(email__iexact=email) if email else found.filter(code=code)


def past(before: datetime) -> QuerySet[Guest]:
    """The invitations that were over by then."""
    return Guest.objects.annotate(over_at=_over()).filter(over_at__lt=before)


def past_guests(before: datetime) -> QuerySet[Person]:
    """People who came as guests only, and whose last visit was over by then; also where its batch is gone."""
    last = Guest.objects.filter(person=OuterRef("pk")).annotate(at=_over()).order_by("-at").values("at")[:1]
    strangers = Person.objects.filter(erased__isnull=True, memberships__isnull=True, merged_into__isnull=True)
    return strangers.annotate(over_at=Coalesce(Subquery(last), "last_login")).filter(over_at__lt=before).order_by("pk")


def _over() -> Least:
    return Least("until", Coalesce("ended", "until"))


def guests_of(batch: Batch) -> QuerySet[Guest]:
    """Everybody who was invited to a batch, those who are over last."""
    return Guest.objects.filter(batch=batch).select_related("invited_by").order_by("ended", "until", "pk")


def seen_guests(by: Subject) -> QuerySet[Guest]:
    """The guests this person may show out: of batches they own, and of organisations they look after."""
    owned = BatchPerson.objects.filter(batch=OuterRef("batch"), person=by.person_id, relation=Relation.OWNER)
    near = Q(Exists(owned)) | Q(batch__organisation__in=organisations_where(by, END))
    return Guest.objects.filter(near).select_related("batch__organisation", "invited_by")


def access_guest(by: Subject, code: str) -> tuple[Guest, Resource]:
    """The guest of this code, locked, and what the door looks at. Raises Missing for a foreign one."""
    guest = seen_guests(by).select_for_update(of=("self",)).filter(code=code).first()
    if guest is None:
        raise Missing(_("There is no such guest."), _("Look at the list of guests."))
    return guest, Resource("guest", guest.code, guest.batch.organisation_id, ties(by, guest.batch))


def access_visit(by: Subject) -> Guest:
    """The invitation that a guest is here by. Raises Missing to everybody else."""
    code = by.visit.batch if by.visit else ""
    found = Guest.objects.filter(person=by.person_id, batch__code=code, ended__isnull=True, until__gt=timezone.now())
    guest = found.select_related("batch__organisation", "invited_by").first()
    if guest is None:
        raise Missing(_("This page is for guests."), _("Look at the tasks for you."))
    return guest


@dataclass(frozen=True, slots=True)
class Share:
    """How many guests answered in a batch, and how often."""

    people: int
    answers: int


def guest_share(batch: Batch) -> Share:
    """One query, and nobody's name."""
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, [batch.pk])
        return Share(*cursor.fetchone())
