"""Noting who was shown a sensitive item, stopping somebody from leafing through all of them, and asking about it."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource, allows
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Invalid, TooMany
from talkoo.microtasks.models import Batch, Sensitivity, Viewing
from talkoo.microtasks.queries.batches import named_resource
from talkoo.microtasks.queries.viewings import Seen, looked_after, of_item, of_person

KEPT = timedelta(days=90)
LEAST_REASON = 10  # characters

# One statement: what was seen of other items within the hour, and, where that leaves room, these.
NOTE = """
WITH others AS (
    SELECT count(*) AS n FROM microtasks_viewing
    WHERE person_id = %(person)s AND last > statement_timestamp() - interval '1 hour' AND task_id <> ALL (%(tasks)s::bigint[])
), noted AS (
    INSERT INTO microtasks_viewing AS v (person_id, task_id, batch_id, first, last, times)
    SELECT %(person)s, task, %(batch)s, statement_timestamp(), statement_timestamp(), 1
    FROM others, unnest(%(tasks)s::bigint[]) AS task WHERE n < %(most)s
    ON CONFLICT (task_id, person_id) DO UPDATE
    SET last = statement_timestamp(), times = v.times + CASE WHEN v.last < statement_timestamp() - interval '1 minute' THEN 1 ELSE 0 END
    RETURNING 1
)
SELECT EXISTS (SELECT FROM noted)
"""


def note_viewing(*, by: Subject, batch: Batch, tasks: Collection[int]) -> None:
    """Note that this person is shown items of a confidential or restricted batch; of others nothing is noted.

    Asked by whatever is about to show it, after it was authorised. Raises TooMany, and then it is not shown, where
    more different items than TALKOO_ITEMS_SHOWN_PER_HOUR were shown within the last hour. One statement.
    """
    if batch.sensitivity < Sensitivity.CONFIDENTIAL or not tasks:
        return
    said: dict[str, Any] = {
        "person": by.person_id,
        "tasks": sorted(set(tasks)),
        "batch": batch.pk,
        "most": settings.ITEMS_SHOWN_PER_HOUR,
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTE, said)
        (noted,) = cursor.fetchone()
    if not noted:
        raise TooMany(
            _("You were shown %(most)d confidential items within an hour. No more are shown for now.")
            % {"most": settings.ITEMS_SHOWN_PER_HOUR},
            _("What you sent is kept. Go on in an hour; if your work needs more at once, talk to your administrator."),
            permission=Permission.BATCH_SEE.value,
        )


def ask_viewings(*, by: Subject, code: str, number: int | None, email: str, reason: str) -> list[Seen]:
    """Who was shown an item, or what a person was shown, for an auditor who says why; the reason stands in the log.

    It guards others, so it takes a second factor, as the rules say. Raises Invalid by field, also for a batch that is
    not there or not in their care. Only what lies in batches of the organisations that the auditor looks after is told.
    """
    reason, email = " ".join(reason.split()), email.strip()
    fields = {}
    if len(reason) < LEAST_REASON:
        fields["reason"] = _("Say why, in at least %(n)d letters. It stands in the log.") % {"n": LEAST_REASON}
    if bool(email) == bool(code):
        fields["email"] = _("Name either an item or a person.")
    if code and number is None:
        fields["number"] = _("Say which item of the batch.")
    if fields:
        raise Invalid(_("This cannot be answered yet."), remedy=_("Look at what is marked."), fields=fields)
    places = looked_after(by)
    with transaction.atomic():
        if code:
            found, home, on = *_of_item(by, code, number or 0, places), ("batch", code)
        else:
            home = by.organisation_id if by.organisation_id in places else min(places)
            person, found = of_person(email, _where_told(by, home, places))
            on = ("person", person)
        facts = {"item": number if code else None, "rows": len(found)}
        audit.record(by=by, action="microtasks.viewings.asked", on=on, organisation_id=home, reason=reason, **facts)
    return found


def _where_told(by: Subject, home: int, places: frozenset[int]) -> frozenset[int]:
    """The organisations whose rules let this be told now. Raises Denied or StepUp where not even `home` does."""
    authorise(by, Permission.VIEWING_SEE, on=_register_of(home))
    return frozenset(
        place for place in places if allows(by, Permission.VIEWING_SEE, on=_register_of(place), counted=False)
    )


def _register_of(organisation: int) -> Resource:
    return Resource("viewings", "", organisation, sensitivity=Sensitivity.INTERNAL)


def _of_item(by: Subject, code: str, number: int, places: frozenset[int]) -> tuple[list[Seen], int]:
    batch = Batch.objects.filter(code=code, organisation__in=places).first()
    if batch is None:
        reason = _("There is no such batch in your care.")
        raise Invalid(reason, remedy=_("Look at its code."), fields={"code": reason})
    authorise(by, Permission.VIEWING_SEE, on=named_resource(batch))
    return of_item(batch, number), batch.organisation_id


def forget_viewings() -> int:
    """Delete what was last seen more than 90 days ago; with its batch it goes earlier. Returns how many rows."""
    with transaction.atomic():
        rows = Viewing.objects.filter(last__lt=timezone.now() - KEPT).delete()[0]
        if rows:
            audit.record(by=None, action="microtasks.viewings.forgotten", on=("batch", "all"), rows=rows)
    return rows
