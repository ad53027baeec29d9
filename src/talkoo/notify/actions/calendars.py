"""The address of somebody's calendar: made, renewed, taken away; and the numbers of its entries kept."""

import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.notify.models import Entry, Feed
from talkoo.notify.queries.calendars import Promise, access_feed, hashed, promises
from talkoo.notify.queries.things import subject_of


def renew_feed(*, by: Subject) -> str:
    """Give the calendar an address, a new one where there was one: the old one stops. The token is told this once."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        Feed.objects.update_or_create(
            person_id=by.person_id, defaults={"token_hash": hashed(token), "made": timezone.now()}
        )
        _record(by, "renewed")
    return token


def revoke_feed(*, by: Subject) -> None:
    """Take the address away. Done twice, it is done once."""
    with transaction.atomic():
        rows, _kinds = Feed.objects.filter(person=by.person_id).delete()
        if rows:
            _record(by, "revoked")


def read_feed(*, token: str) -> list[tuple[Promise, Entry]]:
    """What the calendar of this token shows now, each entry with its number: one higher whenever what is shown changed.

    No subject: whoever holds the token was given it by the person. Reading leaves no trace. Raises Missing.
    """
    feed = access_feed(token)
    found = promises(subject_of(feed.person))
    known = {entry.code: entry for entry in feed.entries.all()}
    if all(each.key in known and known[each.key].told == each.told for each in found):
        return [(each, known[each.key]) for each in found]
    with transaction.atomic():
        Feed.objects.select_for_update().get(pk=feed.pk)
        return _kept(feed, found)


def _kept(feed: Feed, found: Sequence[Promise]) -> list[tuple[Promise, Entry]]:
    known = {entry.code: entry for entry in feed.entries.all()}
    kept = []
    for promise in found:
        entry = known.get(promise.key) or Entry(feed=feed, code=promise.key, told="")
        if entry.told != promise.told:
            entry.sequence += 1 if entry.pk else 0
            entry.told, entry.changed = promise.told, timezone.now()
            entry.save()
        kept.append((promise, entry))
    return kept


def _record(by: Subject, what: str) -> None:
    on = ("person", str(by.person_id))
    audit.record(by=by, action=f"notify.calendar.{what}", on=on, organisation_id=by.organisation_id)
