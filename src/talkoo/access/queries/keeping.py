"""A form that was kept while its person proved more."""

import json
from datetime import datetime, timedelta

from talkoo.access.models import KeptForm
from talkoo.access.subject import Subject
from talkoo.lib.sealing import Column, Unreadable

OFFERED = timedelta(minutes=15)
FIELDS = Column("access.keptform.fields")  # not sealed anew with a new key: it does not live that long


def row_of(by: Subject, code: str) -> str:
    """A form moved to another person's row opens nothing."""
    return f"{by.person_id} {code}"


def kept_fields(by: Subject, code: str, *, now: datetime) -> dict[str, list[str]]:
    """Name → values of the form of this code, if it is one's own and young enough; else nothing."""
    found = KeptForm.objects.filter(person_id=by.person_id, code=code, at__gt=now - OFFERED).first()
    if found is None:
        return {}
    try:
        fields: dict[str, list[str]] = json.loads(FIELDS.unseal(found.fields, row_of(by, code)))
    except Unreadable:
        return {}
    return fields
