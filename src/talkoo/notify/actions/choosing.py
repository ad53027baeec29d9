"""What people choose about being told: the way of each kind, their working hours, no mail at all."""

from collections.abc import Collection, Mapping
from datetime import time
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.audit.actions import Actor
from talkoo.lib.errors import Invalid
from talkoo.notify.kinds import KINDS, Channel
from talkoo.notify.models import Choice, Pace, Rhythm
from talkoo.notify.queries.choices import zones
from talkoo.notify.queries.letters import stopped_by

REARRANGE = """
UPDATE notify_notice n SET due = NULL, channel = CASE
    WHEN coalesce(pace.no_mail, false) AND NOT n.kind = ANY(%(firm)s) THEN 'in_app'
    ELSE coalesce(chosen.channel, standard.channel) END
FROM unnest(%(kinds)s::text[], %(channels)s::text[]) AS standard (kind, channel)
LEFT JOIN notify_choice chosen ON chosen.person_id = %(person)s AND chosen.kind = standard.kind
LEFT JOIN notify_pace pace ON pace.person_id = %(person)s
WHERE n.person_id = %(person)s AND n.kind = standard.kind AND n.mail_id IS NULL AND n.channel IN ('at_once', 'digest')
"""


def choose(
    *,
    by: Subject,
    channels: Mapping[str, str],
    rhythm: str,
    days: Collection[int],
    starts: time,
    ends: time,
    zone: str,
    no_mail: bool,
) -> None:
    """Keep how this person wants to be told; what waits to be mailed follows at once. Raises Invalid naming the field."""
    fields = _wrong_channels(channels) | _wrong_pace(rhythm, days, starts, ends, zone)
    if fields:
        raise Invalid(_("This cannot be saved yet."), _("Look at what is marked."), fields=fields)
    with transaction.atomic():
        get_user_model().objects.select_for_update(no_key=True).get(pk=by.person_id)
        _keep_channels(by.person_id, channels)
        said = {"rhythm": rhythm, "days": sorted(set(days)), "starts": starts, "ends": ends, "zone": zone}
        Pace.objects.update_or_create(person_id=by.person_id, defaults={**said, "no_mail": no_mail})
        _rearrange(by.person_id)
        _record(by, "chosen", by.person_id)


def stop_mail(*, token: str) -> None:
    """Take a kind out of somebody's mail, or all mail that is not firm, as the link says. Done twice it is done once.

    No subject: whoever holds the link of a mail holds the mailbox (RFC 8058), and nothing but mail can be stopped.
    Raises Missing for a link that was not made here.
    """
    person, kind = stopped_by(token)
    with transaction.atomic():
        get_user_model().objects.select_for_update(no_key=True).get(pk=person)
        if kind:
            Choice.objects.update_or_create(person_id=person, kind=kind, defaults={"channel": Channel.IN_APP})
        else:
            Pace.objects.update_or_create(person_id=person, defaults={"no_mail": True})
        _rearrange(person)
        _record(None, "stopped", person, kind=kind or "all")


def _keep_channels(person: int, channels: Mapping[str, str]) -> None:
    """Only what differs from the declaration is kept, so that a new default reaches everybody else."""
    own = {code: channel for code, channel in channels.items() if channel != KINDS[code].channel}
    Choice.objects.filter(person=person, kind__in=channels.keys() - own.keys()).delete()
    Choice.objects.bulk_create(
        [Choice(person_id=person, kind=code, channel=channel) for code, channel in own.items()],
        update_conflicts=True,
        unique_fields=["person", "kind"],
        update_fields=["channel"],
    )


def _rearrange(person: int) -> None:
    """What was not mailed yet goes the way that is chosen now; what is not wanted by mail any more stays in the list."""
    with connection.cursor() as cursor:
        cursor.execute(
            REARRANGE,
            {
                "person": person, "kinds": list(KINDS), "channels": [kind.channel.value for kind in KINDS.values()],
                "firm": [code for code, kind in KINDS.items() if kind.firm],
            },
        )  # fmt: skip


def _wrong_channels(channels: Mapping[str, str]) -> dict[str, str]:
    known = {code: KINDS[code].ways if code in KINDS else [] for code in channels}
    return {code: _("Choose one of the list.") for code, channel in channels.items() if channel not in known[code]}


def _wrong_pace(rhythm: str, days: Collection[int], starts: time, ends: time, zone: str) -> dict[str, str]:
    fields = {}
    if rhythm not in Rhythm.values:
        fields["rhythm"] = _("Choose one of the list.")
    if not days or not set(days) <= set(range(1, 8)):
        fields["days"] = _("Choose at least one day. To get no mail at all, say so below.")
    if starts >= ends:
        fields["ends"] = _("Choose a later time than the beginning.")
    if zone not in zones():
        fields["zone"] = _("Choose one of the list.")
    return fields


def _record(by: Actor | None, what: str, person: int, **facts: Any) -> None:
    home = by.organisation_id if by else None
    audit.record(by=by, action=f"notify.choices.{what}", on=("person", str(person)), organisation_id=home, **facts)
