"""What a password must not lean on: words that everybody here knows."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from talkoo.access.permissions import Role
from talkoo.people.models import Person
from talkoo.people.queries.organisations import existing

LEAST, SHORT = 8, 4  # letters and digits that must be left; words shorter than this are no help to anybody who guesses


class NotOfThisPlace:
    """Without the product's name, the host's, those of organisations and of roles, enough must be left to guess at."""

    def validate(self, password: str, user: Person | None = None) -> None:  # noqa: ARG002 - the same words for everybody
        left = password.casefold()
        for word in sorted(_words(), key=len, reverse=True):
            left = left.replace(word, "")
        if sum(letter.isalnum() for letter in left) < LEAST:
            raise ValidationError(_("Apart from names that everybody here knows, hardly anything of it is left."))

    def get_help_text(self) -> str:
        return _("Do not build it from the names of Talkoo, of organisations or of roles.")


def _words() -> set[str]:
    names = ["talkoo", urlsplit(settings.BASE_URL).hostname or "", *Role.values]
    names += existing().values_list("name", flat=True)
    found = {word for name in names for word in re.findall(r"\w+", name.casefold().replace("_", " "))}
    return {word for word in found if len(word) >= SHORT}
