"""Sessions ended by their person, and what is noted of their use."""

from datetime import datetime

from django.db import transaction

from talkoo.access.models import Session
from talkoo.access.queries.sessions import access_session
from talkoo.access.sessions import hashed, to_the_minute
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit


@transaction.atomic
def end_session(*, by: Subject, code: str) -> None:
    """Sign a person out in one place, at its next request. Raises Missing for a foreign or ended one."""
    access_session(by, code).delete()
    _record(by, code)


@transaction.atomic
def end_other_sessions(*, by: Subject, but: str) -> int:
    """Sign a person out everywhere else; how many places that were. Tokens stay: they end with `end_my_sessions`."""
    others = list(Session.objects.select_for_update().filter(person_id=by.person_id).exclude(code=but))
    Session.objects.filter(pk__in=[each.pk for each in others]).delete()
    for each in others:
        if each.code:
            _record(by, each.code)
    return sum(bool(each.code) for each in others)


def drop_sessions(*, by: Subject, person_id: int) -> None:  # noqa: ARG001 - recorded by the action it is part of
    """Take away every session of a person, inside the action that closed the account or signed them out."""
    Session.objects.filter(person_id=person_id).delete()


@transaction.atomic
def note_use(*, by: Subject, key: str, now: datetime) -> None:
    """That a session is used, to the minute, written over the last time: for its end when nobody uses it."""
    Session.objects.filter(session_key=hashed(key), person_id=by.person_id).update(seen=to_the_minute(now))


def _record(by: Subject, code: str) -> None:
    audit.record(by=by, action="access.session.ended", on=("session", code), organisation_id=by.organisation_id)
