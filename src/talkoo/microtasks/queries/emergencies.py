"""Emergencies: which somebody may decide on or end, and who is told of one."""

from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission, Relation, Role
from talkoo.access.queries import Resource, organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import Batch, BatchPerson, Emergency
from talkoo.microtasks.models.emergencies import LAPSES
from talkoo.microtasks.queries.batches import not_there, veiled
from talkoo.microtasks.queries.noticed import tied_people
from talkoo.people.queries import subject_of

ASK, AGREE = Permission.EMERGENCY_ASK, Permission.EMERGENCY_AGREE
IN_CARE = """
WITH RECURSIVE up AS (
    SELECT %(organisation)s::bigint AS id
    UNION SELECT p.parent_id FROM people_placement p JOIN up ON p.organisation_id = up.id
    WHERE p.parent_id IS NOT NULL AND p.starts <= %(day)s AND (p.ends IS NULL OR p.ends > %(day)s)
)
SELECT DISTINCT m.person_id FROM people_membership m JOIN up ON up.id = m.organisation_id
WHERE m.role = ANY(%(roles)s) AND m.starts <= %(day)s AND (m.ends IS NULL OR m.ends > %(day)s)
"""


def seen_emergencies(by: Subject) -> QuerySet[Emergency]:
    """Those this person asked for, those of organisations in which they may agree or read the log, and of batches they own
    those that were agreed to; the latest first."""
    care = organisations_where(by, AGREE) | organisations_where(by, Permission.AUDIT_SEE)
    owned = Exists(BatchPerson.objects.filter(batch=OuterRef("batch"), person=by.person_id, relation=Relation.OWNER))
    near = Q(batch__organisation__in=care) | Q(asked_by=by.person_id) | Q(owned, until__isnull=False)
    found = Emergency.objects.filter(near).select_related("batch__organisation", "asked_by", "decided_by")
    return found.order_by("-asked", "-pk")


def access_emergency(by: Subject, code: str) -> tuple[Emergency, Resource]:
    """The emergency of this code, locked, and what the door looks at. Raises Missing for a foreign one."""
    found = seen_emergencies(by).select_for_update(of=("self",)).filter(code=code).first()
    if found is None:
        raise Missing(_("There is no such emergency."), _("Look at the list."))
    return found, about(found.batch)


def about(batch: Batch) -> Resource:
    """A batch as whoever asks or agrees touches it: by its name, without anything in it."""
    return Resource("emergency", batch.code, batch.organisation_id)


def access_endangered(by: Subject, code: str) -> Batch:
    """The batch of this code, where this person may ask, without its name where that is not for them: not to be stored.

    Raises Missing for those of other organisations.
    """
    places = organisations_where(by, ASK)
    batch = Batch.objects.filter(organisation__in=places, code=code).select_related("organisation").first()
    if batch is None:
        raise not_there()
    return veiled(by, batch, Permission.REGISTER_SEE)


def living(batch: Batch, person: int) -> bool:
    """Whether this person has asked for this batch and it waits or is on."""
    mine = Emergency.objects.filter(batch=batch, asked_by=person, ended=None)
    now = timezone.now()
    return mine.filter(Q(decided=None, asked__gt=now - LAPSES) | Q(until__gt=now)).exists()


def may_still_ask(found: Emergency) -> bool:
    """Whether whoever asked may do so today: roles end while something waits."""
    asker = found.asked_by
    return asker is not None and found.batch.organisation_id in organisations_where(subject_of(asker), ASK)


def told(batch: Batch, *roles: Role) -> list[int]:
    """Who holds one of these roles over the organisation of a batch, from above too."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {
            "organisation": batch.organisation_id,
            "day": timezone.localdate(),
            "roles": [str(role) for role in roles],
        }
        cursor.execute(IN_CARE, asked)
        return [person for (person,) in cursor.fetchall()]


def owners(batch: Batch) -> list[int]:
    return tied_people(batch, Relation.OWNER)
