"""Looking through somebody's eyes to help them: with a code that they read out, for half an hour, and only looking."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Denied, Invalid
from talkoo.notify.actions.telling import tell
from talkoo.people.actions.invitations import hashed
from talkoo.people.models import Looking, Membership, Organisation, Person
from talkoo.people.queries.looking import within_reach
from talkoo.people.queries.organisations import resource
from talkoo.people.queries.persons import access_person, holding

LIFE = timedelta(minutes=30)  # of the code, and of the looking after it was used
LETTERS, LENGTH = "23456789abcdefghjkmnpqrstuvwxyz", 10


@transaction.atomic
def allow_looking(*, by: Subject) -> str:
    """A code that lets one helper look through this person's eyes; what was allowed before ends. It is shown once."""
    Person.objects.select_for_update(no_key=True).get(pk=by.person_id)
    _end_all(by)
    said = "".join(secrets.choice(LETTERS) for _letter in range(LENGTH))
    looking = Looking.objects.create(person_id=by.person_id, hash=hashed(said), until=timezone.now() + LIFE)
    _record(by, "allowed", looking)
    return said


@transaction.atomic
def stop_looking(*, by: Subject) -> None:
    """The person ends it, at the helper's next request; a helper ends what they began."""
    _end_all(by)


def _end_all(by: Subject) -> None:
    """Of a helper those they look by, of anybody else those they allowed."""
    mine = {"helper": by.helper.person_id, "person": by.person_id} if by.helper else {"person": by.person_id}
    for looking in Looking.objects.select_for_update().filter(**mine, ended=None):
        looking.ended = min(timezone.now(), looking.until)
        looking.save(update_fields=["ended"])
        _record(by, "ended", looking)


@transaction.atomic
def begin_looking(*, by: Subject, code: str, said: str) -> Looking:
    """Look through the eyes of the person of this code from now on, with what they read out.

    Raises Missing for people of other organisations, Denied for oneself and for whoever reaches further than the helper,
    Invalid where the code is not theirs or has run out: the words are the same.
    """
    person = access_person(by, code)
    _authorise(by, person)
    looking = Looking.objects.select_for_update().filter(person=person, ended=None, helper=None).first()
    fits = constant_time_compare(looking.hash if looking else "", hashed(said.strip().lower()))
    if looking is None or not fits or looking.until <= timezone.now():
        reason = _("This is not the code, or it has run out or was used. Ask for a new one.")
        raise Invalid(reason, fields={"said": reason})
    looking.helper_id, looking.begun, looking.until = by.person_id, timezone.now(), timezone.now() + LIFE
    looking.save(update_fields=["helper", "begun", "until"])
    _record(by, "begun", looking)
    home = Organisation.objects.filter(memberships__person=person).order_by("memberships__starts").first()
    tell(
        to=[person.pk], kind="look.begun", about=("organisation", home.code if home else ""),
        link=reverse("look_along"), once=f"look:{looking.code}",
    )  # fmt: skip
    return looking


def _authorise(by: Subject, person: Person) -> None:
    held = Membership.objects.filter(pk__in=holding().filter(person=person).values("pk"))
    for place in Organisation.objects.filter(pk__in=held.values("organisation")):
        authorise(by, Permission.LOOK_ALONG, on=resource(place))
    if person.pk == by.person_id or not within_reach(by, person):
        raise Denied(
            _("You cannot look through the eyes of %(name)s.") % {"name": person.name},
            _("They look after more than you do. Ask an administrator above."),
            Permission.LOOK_ALONG.value,
        )


def _record(by: Subject, what: str, looking: Looking) -> None:
    audit.record(
        by=by, action=f"people.looking.{what}", on=("person", looking.person.code), organisation_id=by.organisation_id,
        looking=looking.code,
    )  # fmt: skip
