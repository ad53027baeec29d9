"""What a notice is about, as its reader may see it now. Slices above know the things: settings name who is asked."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.notify.models import Notice

CONFIDENTIAL = 2  # from this sensitivity on, a title stays inside


@dataclass(frozen=True, slots=True)
class Thing:
    """The name of something and how sensitive it is, for somebody who may see it; `veiled` where not as things are now."""

    title: str
    sensitivity: int = 0
    veiled: bool = False


Seen = Mapping[tuple[str, str], Thing]


class Finder(Protocol):
    """The things of these codes that `by` may see, by code; what they may not see is left out."""

    def __call__(self, by: Subject, codes: Collection[str]) -> Mapping[str, Thing]: ...


def subject_of(person: Any) -> Subject:
    """Who somebody is today, for what is made without a request: mail and calendars."""
    loaded: Subject = import_string(settings.SUBJECT_LOADER)(person)
    return loaded


def seen_things(by: Subject, notices: Iterable[Notice]) -> Seen:
    """What the notices are about, as far as `by` may see it. One question for each kind of thing."""
    wanted: dict[str, set[str]] = {}
    for notice in notices:
        wanted.setdefault(notice.about_kind, set()).add(notice.about)
    found: dict[tuple[str, str], Thing] = {}
    for kind, codes in wanted.items():
        if kind in settings.NOTICED_THINGS:
            finder: Finder = import_string(settings.NOTICED_THINGS[kind])
            found |= {(kind, code): thing for code, thing in finder(by, codes).items()}
    return found


def inside_title(notice: Notice, thing: Thing) -> str:
    """What to call the thing in Talkoo: titles of batches are whole phrases, so they stand in quotation marks."""
    if thing.veiled:
        return _("A confidential batch") if thing.sensitivity >= CONFIDENTIAL else _("A batch")
    return _("“%(title)s”") % {"title": thing.title} if notice.about_kind == "batch" else thing.title


def outside_title(notice: Notice, thing: Thing) -> str:
    """What to call the thing in mail: the name of confidential work never leaves."""
    if max(notice.sensitivity, thing.sensitivity) >= CONFIDENTIAL:
        return _("A confidential batch")
    return inside_title(notice, replace(thing, veiled=False))
