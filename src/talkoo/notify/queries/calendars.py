"""What somebody promised, as their calendar program reads it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.notify.models import Entry, Feed
from talkoo.notify.queries.letters import site
from talkoo.notify.queries.things import CONFIDENTIAL


@dataclass(frozen=True, slots=True)
class Promise:
    """A day by which somebody has something to do; `code` and `part` name it for good, `link` leads to it."""

    code: str
    part: str
    title: str
    day: date
    link: str
    sensitivity: int

    @property
    def key(self) -> str:
        return f"{self.part}-{self.code}"

    @property
    def told(self) -> str:
        """Changes when what the calendar shows changes."""
        return hashlib.sha256(f"{self.day}|{summary(self)}|{self.link}".encode()).hexdigest()


class Finder(Protocol):
    def __call__(self, by: Subject) -> Sequence[Promise]: ...


def promises(by: Subject) -> Sequence[Promise]:
    """What this person has begun or answers for, with its day, as the slices above know it."""
    finder: Finder = import_string(settings.PROMISES)
    return finder(by)


def summary(promise: Promise) -> str:
    """The name of confidential work never leaves."""
    title = _("A confidential batch") if promise.sensitivity >= CONFIDENTIAL else promise.title
    words = {
        "owner": _("Your batch ends: %(title)s"),
        "reviewer": _("Decisions needed by today: %(title)s"),
        "begun": _("Last day for what you began: %(title)s"),
    }
    return words[promise.part] % {"title": title}


def hashed(token: str) -> str:
    """SHA-256 of a token of 256 random bits; with so many bits no salt and no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def access_feed(token: str) -> Feed:
    """The feed of this token, of somebody whose account is open; else Missing."""
    found = Feed.objects.select_related("person").filter(token_hash=hashed(token), person__is_active=True).first()
    if found is None:
        raise Missing(_("There is no such calendar."), _("Take the address anew from your notices."))
    return found


def my_feed(by: Subject) -> Feed | None:
    return Feed.objects.filter(person=by.person_id).first()


def calendar(kept: Sequence[tuple[Promise, Entry]]) -> bytes:
    """The feed as iCalendar (RFC 5545). Its entries are whole days, which begin and end by each reader's own clock; so
    there is no moment in it that would need a time zone.
    """
    made = Calendar()
    made.add("prodid", "-//Talkoo//Promises//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _("What I promised in Talkoo"))
    made.add("refresh-interval", timedelta(hours=4), parameters={"VALUE": "DURATION"})
    for promise, entry in kept:
        made.add_component(_event(promise, entry))
    written: bytes = made.to_ical()
    return written


def _event(promise: Promise, entry: Entry) -> Event:
    """DTSTAMP is when the entry last changed (3.8.7.2: as there is a METHOD that publishes), so equal feeds are equal bytes.

    An event that begins on a date and has no end lasts that day (3.6.1).
    """
    event = Event()
    event.add("uid", f"{promise.key}@talkoo.{entry.feed_id}")
    event.add("dtstamp", entry.changed)
    event.add("last-modified", entry.changed)
    event.add("sequence", entry.sequence)
    event.add("dtstart", promise.day)
    event.add("summary", summary(promise))
    event.add("url", site() + promise.link)
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event
