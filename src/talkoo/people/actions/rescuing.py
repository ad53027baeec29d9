"""Somebody lost a device: their sessions are ended, or their second factor removed, without closing the account."""

from datetime import date, timedelta

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.actions.sessions import drop_sessions
from talkoo.access.permissions import Permission, Role
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Denied, Missing
from talkoo.notify.actions.telling import tell
from talkoo.people.models import Membership, Organisation, Person, Rescue
from talkoo.people.queries.organisations import resource
from talkoo.people.queries.persons import access_person

RESCUE = Permission.ACCOUNT_RESCUE
GUARDS = (Role.ADMINISTRATOR, Role.SECURITY_OFFICER)
DAYS = 30


@transaction.atomic
def end_sessions_of(*, by: Subject, code: str) -> Person:
    """Sign somebody out everywhere, at their next request; tokens of theirs end as well. They are told.

    Needs the permission wherever they hold a role. Raises Missing for people of others, Denied for oneself.
    """
    person = _locked(by, code)
    _end(by, person)
    _tell(by, person, "account.sessions")
    return person


@transaction.atomic
def remove_factors(*, by: Subject, code: str) -> Rescue | None:
    """Remove every second factor and passkey of somebody who lost theirs, and end their sessions. They are told.

    Of those who were administrator or security officer within the last DAYS, or are to be, only with a second
    administrator: then the row is returned that waits.
    Raises Missing for people of others, Denied for oneself, Conflict where there is none or it waits already.
    """
    person = _locked(by, code)
    if not Authenticator.objects.filter(user_id=person.pk).exists():
        raise Conflict(_("There is no second factor."), _("There is nothing to do."))
    if not _roles(person, timezone.localdate() - timedelta(DAYS)).filter(role__in=GUARDS).exists():
        _remove(by, person)
        return None
    if Rescue.objects.filter(person=person, decided=None).exists():
        raise Conflict(_("This was asked for already."), _("Another administrator has to agree."))
    rescue = Rescue.objects.create(person=person, asked_by_id=by.person_id)
    _record(by, "asked", person)
    return rescue


@transaction.atomic
def decide_rescue(*, by: Subject, code: str, agree: bool) -> Person:
    """A second administrator agrees, and the factors are removed; or turns it down. Who asked may take it back.

    Raises Missing where nothing waits, Denied for agreeing with oneself.
    """
    person = _locked(by, code)
    rescue = Rescue.objects.select_for_update().filter(person=person, decided=None).first()
    if rescue is None:
        raise Missing(_("Nothing waits here."), _("Look at the page of the person."))
    if agree and rescue.asked_by_id == by.person_id:
        raise Denied(
            _("You asked for this yourself, so somebody else decides it."),
            _("Ask another administrator."),
            RESCUE.value,
        )
    rescue.decided, rescue.decided_by_id, rescue.agreed = timezone.now(), by.person_id, agree
    rescue.save(update_fields=["decided", "decided_by", "agreed"])
    _record(by, "agreed" if agree else "turned-down", person)
    if agree:
        _remove(by, person)
    return person


def _locked(by: Subject, code: str) -> Person:
    person = Person.objects.select_for_update().get(pk=access_person(by, code).pk)
    places = list(Organisation.objects.filter(pk__in=_roles(person, timezone.localdate()).values("organisation")))
    if not places:
        raise Denied(
            _("%(name)s holds no role any more, so nobody decides over their sign-in.") % {"name": person.name},
            _("Give them a role first, or close the account."),
            RESCUE.value,
        )
    for place in places:
        authorise(by, RESCUE, on=resource(place))
    if person.pk == by.person_id:
        raise Denied(
            _("This is for others. Your own sign-in you change yourself."),
            _("Look under “Sign-in and security”."),
            RESCUE.value,
        )
    return person


def _roles(person: Person, since: date) -> QuerySet[Membership]:
    """Roles that hold, are to begin, or ended after a day."""
    return person.memberships.filter(Q(ends__isnull=True) | Q(ends__gt=since))


def _remove(by: Subject, person: Person) -> None:
    Authenticator.objects.filter(user_id=person.pk).delete()
    _record(by, "factors-removed", person)
    _end(by, person)
    _tell(by, person, "account.factors")


def _end(by: Subject, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(sessions_ended=F("sessions_ended") + 1)
    drop_sessions(by=by, person_id=person.pk)
    _record(by, "sessions-ended", person)


def _tell(by: Subject, person: Person, kind: str) -> None:
    home = Organisation.objects.filter(memberships__person=person).order_by("memberships__starts").first()
    tell(
        to=[person.pk], kind=kind, about=("organisation", home.code if home else ""), link="/me/",
        once=f"{kind}:{timezone.now().isoformat()}", organisation_id=by.organisation_id,
    )  # fmt: skip


def _record(by: Subject, what: str, person: Person) -> None:
    audit.record(by=by, action=f"people.rescue.{what}", on=("person", person.code), organisation_id=by.organisation_id)
