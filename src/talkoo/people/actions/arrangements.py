"""Arrangements: proposed by a person, agreed or declined by who answers for them, ended by either."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.lib.plain import one_line
from talkoo.notify.actions.telling import tell
from talkoo.people.models import Arrangement, ArrangementState, Person
from talkoo.people.queries.arrangements import DECIDE, MIDNIGHT, Line, access_arrangement, managers_of
from talkoo.people.queries.organisations import resource
from talkoo.people.queries.persons import home_of

S = ArrangementState
LONGEST = timedelta(days=366)
MOST_LINES = 3
LEVELS = (1, 2)  # restricted work is done in the office or over the VPN only


@transaction.atomic
def propose_arrangement(*, by: Subject, lines: Sequence[Line], starts: date, ends: date, note: str = "") -> Arrangement:
    """Propose one's own arrangement, from a day up to, not including, another; what is agreed stays in force meanwhile.
    Days and hours are kept with the clock of their person today: who sets it otherwise later moves nothing agreed.

    Raises Invalid naming the field, Conflict where another proposal waits, Denied for somebody who belongs nowhere.
    """
    if by.organisation_id is None:
        raise Denied(
            _("You belong to no organisation that could agree to it."),
            _("Ask an administrator to make you a contributor of yours."),
            permission=DECIDE.value,
        )
    _check(lines, starts, ends)
    try:
        with transaction.atomic():
            made = Arrangement.objects.create(
                person_id=by.person_id, organisation_id=by.organisation_id, lines=[line.kept() for line in lines],
                starts=starts, ends=ends, zone=by.time_zone or settings.TIME_ZONE, note=one_line(note)[:400],
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("A proposal of yours waits already."), _("Take that one back first.")) from None
    _record(by, "proposed", made)
    _tell([manager.pk for manager in managers_of(by)], "arrangement.proposed", made)
    return made


def _check(lines: Sequence[Line], starts: date, ends: date) -> None:
    fields, today = {}, timezone.localdate()
    if not 1 <= len(lines) <= MOST_LINES:
        fields["place_1"] = _("Name one place at least, and at most %(most)d.") % {"most": MOST_LINES}
    for number, line in enumerate(lines, 1):
        if not line.place:
            fields[f"place_{number}"] = _("Write what you call this place.")
        if not line.days or not set(line.days) <= set(range(7)):
            fields[f"days_{number}"] = _("Choose one day at least.")
        if not line.begins < line.ends and line.ends != MIDNIGHT:
            fields[f"ends_{number}"] = _("Choose an hour of the same day, after the one at which it begins.")
        if line.level not in LEVELS:
            fields[f"level_{number}"] = _("Choose one of the levels.")
    if starts < today:
        fields["starts"] = _("Choose today or a later day.")
    if not starts < ends <= starts + LONGEST:
        fields["ends"] = _("Choose a day after the first one, within a year: then it is looked at again.")
    if fields:
        raise Invalid(_("This cannot be proposed yet."), _("Look at what is marked."), fields)


@transaction.atomic
def agree_arrangement(*, by: Subject, code: str) -> Arrangement:
    """Put a proposal in force from its first day on, or from today where that has passed; of those agreed before, what
    lies in its days and after them ends, and one that begins later begins after it.

    Raises Denied for one's own, Missing for those of others' people, Conflict where it does not wait any more.
    """
    arrangement = _deciding(by, code)
    home = home_of(arrangement.person_id)
    if home != arrangement.organisation_id:
        raise Conflict(
            _("%(name)s does not belong there any more.") % {"name": arrangement.person.name},
            _("Decline it; they propose another where they are now."),
        )
    today = timezone.localdate()
    if arrangement.ends <= today:
        raise Conflict(_("Its last day has passed."), _("Decline it; they may propose another."))
    arrangement.starts = max(arrangement.starts, today)
    _make_room(arrangement)
    return _decided(by, arrangement, S.AGREED, "")


def _make_room(arrangement: Arrangement) -> None:
    """What is agreed for other days stays; nothing stands twice on one day."""
    starts, ends = arrangement.starts, arrangement.ends
    agreed = Arrangement.objects.filter(person=arrangement.person_id, state=S.AGREED)
    overlapping = agreed.filter(starts__lt=ends, ends__gt=starts)
    overlapping.filter(starts__gte=starts, ends__gt=ends).update(starts=ends)
    overlapping.update(ends=Greatest(F("starts"), Value(starts)))


@transaction.atomic
def decline_arrangement(*, by: Subject, code: str, reason: str) -> Arrangement:
    """Turn a proposal down and say why; what was in force stays so. Raises as agreeing does, and Invalid without a reason."""
    arrangement = _deciding(by, code)
    return _decided(by, arrangement, S.DECLINED, _reason(reason))


def _deciding(by: Subject, code: str) -> Arrangement:
    arrangement = _locked(by, code)
    if arrangement.person_id == by.person_id:
        raise Denied(
            _("You proposed this for yourself, so somebody else decides it."),
            _("Ask another coordinator or administrator of your organisation, or of one above."),
            permission=DECIDE.value,
        )
    authorise(by, DECIDE, on=resource(arrangement.organisation))
    if arrangement.state != S.PROPOSED:
        raise Conflict(_("This does not wait for a decision any more."), _("Look at what became of it."))
    return arrangement


def _decided(by: Subject, arrangement: Arrangement, state: ArrangementState, reason: str) -> Arrangement:
    arrangement.state, arrangement.reason = state, reason
    arrangement.decided, arrangement.decided_by_id = timezone.now(), by.author_id
    arrangement.save(update_fields=["state", "reason", "decided", "decided_by", "starts"])
    _record(by, state.value, arrangement)
    _tell([arrangement.person_id], f"arrangement.{state.value}", arrangement)
    return arrangement


@transaction.atomic
def withdraw_arrangement(*, by: Subject, code: str) -> Arrangement:
    """Take one's own proposal back. Raises Missing for somebody else's, Conflict where it does not wait any more."""
    arrangement = _locked(by, code)
    if arrangement.person_id != by.person_id or arrangement.state != S.PROPOSED:
        raise Conflict(_("This cannot be taken back."), _("Look at what became of it."))
    arrangement.state, arrangement.decided, arrangement.decided_by_id = S.WITHDRAWN, timezone.now(), by.author_id
    arrangement.save(update_fields=["state", "decided", "decided_by"])
    _record(by, "withdrawn", arrangement)
    return arrangement


@transaction.atomic
def end_arrangement(*, by: Subject, code: str, reason: str) -> Arrangement:
    """End an agreed one at once, as its person or as who answers for them; the other side is told why.

    Raises Missing for those of others' people, Conflict where it is not in force or to come, Invalid without a reason.
    """
    arrangement = _locked(by, code)
    if arrangement.person_id != by.person_id:
        authorise(by, DECIDE, on=resource(arrangement.organisation))
    if arrangement.state != S.AGREED or arrangement.ends <= max(timezone.localdate(), arrangement.starts):
        raise Conflict(_("This one is over, or was never agreed."), _("There is nothing to end."))
    arrangement.state, arrangement.reason = S.ENDED, _reason(reason)
    arrangement.ended, arrangement.ended_by_id = timezone.now(), by.author_id
    arrangement.save(update_fields=["state", "reason", "ended", "ended_by"])
    _record(by, "ended", arrangement)
    own = arrangement.person_id == by.person_id
    _tell([each.pk for each in managers_of(by)] if own else [arrangement.person_id], "arrangement.ended", arrangement)
    return arrangement


def _reason(text: str) -> str:
    words = one_line(text)
    if not words or len(words) > 400:
        said = _("Say why, in at most 400 characters: the other side reads it.")
        raise Invalid(said, fields={"reason": said})
    return words


def _locked(by: Subject, code: str) -> Arrangement:
    """The version, with its person's row held: two decisions about one person come one after the other."""
    person = access_arrangement(by, code).person_id
    Person.objects.select_for_update(no_key=True).get(pk=person)
    return access_arrangement(by, code)


def _record(by: Subject, verb: str, arrangement: Arrangement) -> None:
    """Days, hours, places and reasons stay in the table: they say more of somebody than the log should keep for ever."""
    audit.record(
        by=by, action=f"people.arrangement.{verb}", on=("person", arrangement.person.code),
        organisation_id=arrangement.organisation_id, arrangement=arrangement.code, starts=str(arrangement.starts),
        ends=str(arrangement.ends), level=max(line["level"] for line in arrangement.lines),
    )  # fmt: skip


def _tell(people: list[int], kind: str, arrangement: Arrangement) -> None:
    tell(
        to=people, kind=kind, about=("arrangement", arrangement.code),
        link=reverse("arrangement_seen", args=[arrangement.code]), once=f"{kind}:{arrangement.code}",
        organisation_id=arrangement.organisation_id,
    )  # fmt: skip
