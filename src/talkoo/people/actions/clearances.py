"""Clearing people for work of a sensitivity: by security officers of their organisation, for a time, on a ground."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource
from talkoo.access.subject import USUAL, Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid
from talkoo.lib.plain import one_line
from talkoo.notify.actions.telling import tell
from talkoo.people.models import Clearance, Organisation, Person
from talkoo.people.queries.clearances import access_clearance

LONGEST = timedelta(days=3653)
LEVELS = range(4)


@transaction.atomic
def clear_person(*, by: Subject, code: str, level: int, ground: str, last_day: date | None = None) -> Clearance:
    """State up to which level of sensitivity somebody may see work, in place of what was stated before.

    It holds to the end of `last_day` and runs out by itself; what goes beyond the usual needs such a day. Raises Missing
    for people of other organisations and for oneself, Invalid naming the field.
    """
    person = _locked(by, code)
    ground = one_line(ground)
    _check(level, ground, last_day)
    now = timezone.now()
    _end(by, person, now)
    until = last_day and timezone.make_aware(datetime.combine(last_day + timedelta(days=1), time.min))
    made = Clearance.objects.create(
        person=person, organisation_id=_home(person), level=level, ground=ground, until=until, made_by_id=by.author_id,
        made=now,
    )  # fmt: skip
    _record(by, "given", person, made, until=until.isoformat() if until else None)
    return made


@transaction.atomic
def take_clearance_back(*, by: Subject, code: str) -> None:
    """From now on what is usual holds for them. Raises Conflict where nothing is stated."""
    person = _locked(by, code)
    ended = _end(by, person, timezone.now())
    if ended is None:
        raise Conflict(_("Nothing is stated of this person."), _("There is nothing to do."))
    _record(by, "taken-back", person, ended)


def _locked(by: Subject, code: str) -> Person:
    person = access_clearance(by, code)
    home = Organisation.objects.get(pk=_home(person))
    authorise(by, Permission.CLEARANCE_EDIT, on=Resource("organisation", home.code, home.pk))
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    return person


def _home(person: Person) -> int:
    home: int = person.home  # type: ignore[attr-defined]
    return home


def _check(level: int, ground: str, last_day: date | None) -> None:
    fields, today = {}, timezone.localdate()
    if level not in LEVELS:
        fields["level"] = _("Choose one of the four.")
    if not ground or len(ground) > 400:
        fields["ground"] = _("Say what it rests on, in at most 400 characters.")
    if level > USUAL and last_day is None:
        fields["last_day"] = _("Choose its last day: what goes beyond the usual is looked at again.")
    if last_day is not None and not today <= last_day <= today + LONGEST:
        fields["last_day"] = _("Choose a day from today to ten years from now.")
    if fields:
        raise Invalid(" ".join(fields.values()), _("Put this right, then send again."), fields=fields)


def _end(by: Subject, person: Person, now: datetime) -> Clearance | None:
    """What stood until now stands as history."""
    stood = Clearance.objects.filter(person=person, ended=None).first()
    if stood is not None:
        stood.ended, stood.ended_by_id = now, by.author_id
        stood.save(update_fields=["ended", "ended_by"])
    return stood


def _record(by: Subject, verb: str, person: Person, about: Clearance, **facts: str | None) -> None:
    """The ground stays in the table: it may say more of somebody than the log should keep for ever."""
    place = about.organisation
    audit.record(
        by=by, action=f"people.clearance.{verb}", on=("person", person.code), organisation_id=place.pk,
        level=about.level, **facts,
    )  # fmt: skip
    tell(
        to=[person.pk], kind="clearance.changed", about=("organisation", place.code), link=reverse("my_data"),
        once=f"clearance.{verb}:{about.pk}", organisation_id=place.pk,
    )  # fmt: skip
