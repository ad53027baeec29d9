"""People: added, let go, taken back; and what everybody may change of themselves."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.actions.sessions import drop_sessions
from talkoo.access.permissions import Permission, Role
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid, Missing
from talkoo.lib.formats import offered_locales
from talkoo.lib.languages import is_installed
from talkoo.people.actions.memberships import add_membership, authorise_role, check_not_last
from talkoo.people.actions.turns import take_turn
from talkoo.people.checks import check_email, check_name, check_password, check_role, check_title
from talkoo.people.models import Organisation, Person
from talkoo.people.queries.organisations import resource
from talkoo.people.queries.persons import holding, seen_people


@transaction.atomic
def add_person(
    *,
    by: Subject,
    email: str,
    name: str,
    organisation: Organisation,
    role: str = Role.CONTRIBUTOR,
    title: str = "",
    starts: date | None = None,
    password: str | None = None,
) -> Person:
    """A person with a first role, without a mail. Without a password they set one by “Forgot your password?”."""
    known = check_role(role)
    authorise(by, Permission.PEOPLE_INVITE, on=resource(organisation))
    authorise_role(by, known, organisation)
    person = new_person(by, email, name, organisation, title=title, password=password)
    add_membership(by, person, organisation, known, starts=starts)
    return person


def new_person(
    by: Subject | None,
    email: str,
    name: str,
    organisation: Organisation,
    *,
    title: str = "",
    password: str | None = None,
) -> Person:
    """The write of `add_person` without the role, for actions that have authorised already."""
    person = Person(email=check_email(email), name=check_name(name), title=check_title(title))
    person.set_password(check_password(password, person) if password is not None else None)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        message = _("Somebody with the address %(email)s is here already.") % {"email": person.email}
        raise Conflict(message, _("Invite them to your organisation instead.")) from None
    audit.record(by=by, action="people.person.added", on=("person", person.code), organisation_id=organisation.pk)
    return person


@transaction.atomic
def deactivate_person(*, by: Subject, person: Person) -> Person:
    """Close somebody's door everywhere, at once: every session ends, no role holds. What they gave stays.

    Needs the permission in every organisation where they hold a role: a coordinator of one of several ends the role
    there instead. Nobody does it to themselves, nor to the last administrator.
    """
    take_turn("administrators")
    person = Person.objects.select_for_update().get(pk=person.pk)
    _authorise_everywhere(by, person)
    if person.pk == by.person_id:
        raise Conflict(_("You cannot close your own account."), _("Ask another coordinator or administrator."))
    if not person.is_active:
        raise Conflict(
            _("The account of %(name)s is closed already.") % {"name": person.name}, _("There is nothing to do.")
        )
    held = holding().filter(person=person, role=Role.ADMINISTRATOR).select_related("organisation")
    check_not_last(list(held))
    person.is_active = False
    person.sessions_ended += 1
    person.save(update_fields=["is_active", "sessions_ended"])
    drop_sessions(by=by, person_id=person.pk)
    _record_person(by, "deactivated", person)
    return person


@transaction.atomic
def reactivate_person(*, by: Subject, person: Person) -> Person:
    """Open the door again; the roles that were not ended hold again, sessions of before do not."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    _authorise_everywhere(by, person)
    if person.is_active:
        raise Conflict(_("The account of %(name)s is open.") % {"name": person.name}, _("There is nothing to do."))
    if person.erased is not None:
        raise Conflict(_("Their personal data was erased. There is no account left to open."), _("Invite them anew."))
    person.is_active = True
    person.save(update_fields=["is_active"])
    _record_person(by, "reactivated", person)
    return person


def _authorise_everywhere(by: Subject, person: Person) -> None:
    if not seen_people(by).filter(pk=person.pk).exists():
        raise Missing(
            _("There is no such person in the organisations you look after."), _("Look at the list of people.")
        )
    held = person.memberships.select_related("organisation").order_by("-ends", "-pk")
    for each in list(held.filter(pk__in=holding().values("pk"))) or held[:1]:
        authorise_role(by, Role(each.role), each.organisation)


@transaction.atomic
def edit_profile(*, by: Subject, name: str, title: str) -> Person:
    """What a person says of themselves; the address stays, it is how they sign in."""
    person = Person.objects.select_for_update().get(pk=by.person_id)
    person.name, person.title = check_name(name), check_title(title)
    person.save(update_fields=["name", "title"])
    _record_person(by, "profile_edited", person)
    return person


@transaction.atomic
def choose_language(*, by: Subject, language: str, formats: str) -> Person:
    """What a person reads in, and how days and numbers are written for them. "" leaves each to what is usual.

    Raises Invalid for a language that is not installed, or formats that nobody knows.
    """
    fields = {}
    if language and not is_installed(language):
        fields["language"] = _("Choose one of the list.")
    if formats and formats not in offered_locales():
        fields["formats"] = _("Choose one of the list.")
    if fields:
        raise Invalid(_("This cannot be saved yet."), _("Look at what is marked."), fields=fields)
    person = Person.objects.select_for_update().get(pk=by.person_id)
    person.language, person.formats = language, formats
    person.save(update_fields=["language", "formats"])
    _record_person(by, "language_chosen", person)
    return person


@transaction.atomic
def switch_keys(*, by: Subject, off: bool) -> None:
    """Turn the single-key shortcuts off or on (WCAG 2.1.4)."""
    person = Person.objects.select_for_update().get(pk=by.person_id)
    person.keys_off = off
    person.save(update_fields=["keys_off"])
    _record_person(by, "keys_switched", person, off=off)


@transaction.atomic
def end_my_sessions(*, by: Subject) -> None:
    """Sign a person out everywhere, on this device too."""
    person = Person.objects.select_for_update().get(pk=by.person_id)
    Person.objects.filter(pk=person.pk).update(sessions_ended=F("sessions_ended") + 1)
    drop_sessions(by=by, person_id=person.pk)
    _record_person(by, "sessions_ended", person)


def _record_person(by: Subject, what: str, person: Person, **facts: bool) -> None:
    audit.record(
        by=by, action=f"people.person.{what}", on=("person", person.code), organisation_id=by.organisation_id, **facts
    )
