"""The very first person. Before them nobody could be asked whether this may happen, so a one-time code stands in."""

import hmac
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from talkoo.access.permissions import Role
from talkoo.audit import actions as audit
from talkoo.lib.errors import Denied, Missing
from talkoo.people.actions.memberships import add_membership
from talkoo.people.actions.persons import new_person
from talkoo.people.actions.turns import take_turn
from talkoo.people.checks import check_name
from talkoo.people.models import Organisation, Person, Placement
from talkoo.people.queries.persons import anyone_exists, holding

FIRST_ROLES = (Role.CONTRIBUTOR, Role.TASK_OWNER, Role.COORDINATOR, Role.ADMINISTRATOR)


def _code_file() -> Path:
    return Path(settings.VAR) / "setup-code"


def setup_code() -> str:
    """The code for the first-run page, made when it is asked for first; empty once somebody exists.

    It lies in a file only the operator reads, so that the server can print it and compare with it.
    """
    file = _code_file()
    if anyone_exists():
        file.unlink(missing_ok=True)
        return ""
    try:
        with open(file, "x", opener=_private) as fresh:
            fresh.write(secrets.token_urlsafe(18))
    except FileExistsError:
        pass
    return file.read_text().strip()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def check_setup_code(code: str) -> None:
    """Missing once somebody exists; Denied for a wrong code, compared in constant time."""
    if anyone_exists():
        raise Missing(_("Talkoo is set up already."), _("Sign in, or ask your coordinator for an invitation."))
    file = _code_file()
    known = file.read_text().strip() if file.exists() else ""
    if not known or not hmac.compare_digest(known.encode(), code.encode()):
        raise Denied(
            _("This page needs the setup code."),
            _("Open the link that “talkoo serve” printed when it started; the code stands at its end."),
        )


@transaction.atomic
def make_first_administrator(*, code: str, organisation: str, name: str, email: str, password: str) -> Person:
    """Make the organisation at the top of the tree and its first person, who holds every role needed to begin."""
    take_turn("first run")
    check_setup_code(code)
    person = _found(organisation, name, email, password)
    transaction.on_commit(lambda: _code_file().unlink(missing_ok=True))
    return person


def _found(organisation: str, name: str, email: str, password: str) -> Person:
    top = Organisation.objects.create(name=check_name(organisation, "organisation"))
    Placement.objects.create(organisation=top, parent=None, starts=top.starts)
    person = new_person(None, email, name, top, password=password)
    audit.record(by=None, action="people.organisation.founded", on=("organisation", top.code), organisation_id=top.pk)
    for role in FIRST_ROLES:
        add_membership(None, person, top, role)
    return person


@transaction.atomic
def make_administrator(*, email: str, name: str, organisation: str, password: str) -> tuple[Person, bool]:
    """The operator makes an administrator at the keyboard (no subject: they have the database); was a person made?

    Founds the organisation when there is none at all; else it must be one that exists, by name or code.
    """
    take_turn("first run")
    if not Organisation.objects.exists():
        return _found(organisation, name, email, password), True
    place = Organisation.objects.filter(code=organisation).first()
    place = place or Organisation.objects.filter(name__iexact=organisation.strip(), ends__isnull=True).first()
    if place is None:
        tops = ", ".join(
            Organisation.objects.filter(placements__parent__isnull=True, ends__isnull=True).values_list(
                "name", flat=True
            )
        )
        words = {"organisation": organisation, "tops": tops}
        raise Missing(
            _("There is no organisation “%(organisation)s”.") % words, _("At the top stands: %(tops)s.") % words
        )
    person = Person.objects.filter(email__iexact=email.strip()).first()
    made = person is None
    person = person or new_person(None, email, name, place, password=password)
    for role in (Role.CONTRIBUTOR, Role.ADMINISTRATOR):
        if not holding().filter(person=person, organisation=place, role=role).exists():
            add_membership(None, person, place, role)
    return person, made
