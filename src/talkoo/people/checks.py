"""What a name, an address, a date must look like before it is written; each says what is wrong and with which field."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from talkoo.access.permissions import Role
from talkoo.lib.errors import Invalid
from talkoo.lib.plain import says_something
from talkoo.people.models import Person

NAME_LIMIT = 120


def check_name(text: str, field: str = "name") -> str:
    """The text on one line without control or direction-changing characters, or Invalid."""
    name = " ".join("".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text).split())
    name = "".join(
        letter for letter in name if unicodedata.category(letter) not in {"Cf", "Cs", "Co"} or letter in "\u200c\u200d"
    )
    if not says_something(name):
        raise Invalid(_("A name is missing."), fields={field: _("Write a name.")})
    if len(name) > NAME_LIMIT:
        words = {"most": NAME_LIMIT, "found": len(name)}
        message = _("The name is %(found)d characters long; at most %(most)d fit.") % words
        raise Invalid(message, fields={field: message})
    return name


def check_email(text: str) -> str:
    """The address in small letters, or Invalid."""
    email = text.strip().lower()
    try:
        EmailValidator()(email if email.isascii() and len(email) <= 254 else "")
    except ValidationError:
        message = _("“%(text)s” is not an e-mail address.") % {"text": email[:80]}
        raise Invalid(message, _("It looks like name@organisation.example."), fields={"email": message}) from None
    return email


def check_title(text: str) -> str:
    return check_name(text, "title") if text.strip() else ""


def check_levels(names: Sequence[str]) -> list[str]:
    """Own names of the four levels of sensitivity, or none at all; two levels never share a name. Raises Invalid."""
    said = [check_name(name, f"level_{at}") if name.strip() else "" for at, name in enumerate(names)]
    twice = {
        f"level_{at}": _("Another level has this name.") for at, name in enumerate(said) if name and name in said[:at]
    }
    if twice:
        raise Invalid(next(iter(twice.values())), fields=twice)
    return said if any(said) else []


def check_colour(text: str) -> str:
    """The colour as # and six small digits, or Invalid; empty stays empty, and #abc is short for #aabbcc."""
    colour = text.strip().lower().removeprefix("#")
    if not colour:
        return ""
    if re.fullmatch("[0-9a-f]{3}", colour):
        colour = "".join(2 * digit for digit in colour)
    if not re.fullmatch("[0-9a-f]{6}", colour):
        message = _("“%(colour)s” is no colour. Write it as # and six digits, such as #1d5f50.") % {"colour": text[:20]}
        raise Invalid(message, fields={"colour": message})
    return f"#{colour}"


def check_role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        words = {"text": text[:40], "roles": ", ".join(Role.values)}
        message = _("“%(text)s” is not a role; use one of: %(roles)s.") % words
        raise Invalid(message, fields={"role": message}) from None


def check_password(text: str, person: Person) -> str:
    """The password if it is long and uncommon enough for this person, or Invalid with every reason."""
    try:
        validate_password(text, person)
    except ValidationError as error:
        raise Invalid(_("Choose another password."), fields={"password": " ".join(error.messages)}) from None
    return text


def check_period(starts: date, ends: date | None) -> None:
    if ends is not None and ends < starts:
        message = _("It would end on %(ends)s, before it begins on %(starts)s.") % {"ends": ends, "starts": starts}
        raise Invalid(message, _("Choose a later day."), fields={"day": message})
