"""What comes in with an address: read leniently, because a link may be old; never decided upon here."""

from collections.abc import Iterable, Mapping

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from talkoo.desk.queries.board import SORTS, TIMES, Asked
from talkoo.desk.queries.home import HAVE
from talkoo.microtasks.models import Sensitivity

WORDS = 200


def asked(query: QueryDict) -> Asked:
    """The board that an address asks for."""
    sort = query.get("sort", "fit")
    return Asked(
        words=" ".join(query.get("q", "").replace("\x00", " ").split())[:WORDS],
        time=_known(query.getlist("time"), TIMES),
        skill=tuple(dict.fromkeys(code for code in query.getlist("skill") if code.isascii() and "\x00" not in code)),
        level=_known(query.getlist("level"), {str(level): "" for level in Sensitivity.values}),
        sort=sort if sort in SORTS else "fit",
        page=query.get("page", "1"),
    )


def _known(values: Iterable[str], known: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(value for value in dict.fromkeys(values) if value in known)


def time_at_hand(query: QueryDict) -> str:
    """Which of the times of the home page was chosen; the shortest where none was."""
    have = query.get("have", "")
    return have if have in HAVE else next(iter(HAVE))


class EraseForm(forms.Form):
    """There is no way back, so it takes more than one press of a button."""

    sure = forms.BooleanField(label=_("I understand that this cannot be undone"))
