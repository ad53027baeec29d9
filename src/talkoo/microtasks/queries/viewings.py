"""Who was shown which sensitive items: for auditors alone, and only for what lies in their care."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Denied
from talkoo.microtasks.models import Batch, Standing, Viewing
from talkoo.people.models import Person

MOST = 500  # rows that are shown


@dataclass(frozen=True, slots=True)
class Seen:
    """One person was shown one item."""

    name: str
    email: str
    batch: str
    number: int
    first: datetime
    last: datetime
    times: int


def looked_after(by: Subject) -> frozenset[int]:
    """The organisations of which this person may ask. Raises Denied where there is none."""
    places = organisations_where(by, Permission.VIEWING_SEE)
    if not places:
        raise Denied(
            _("Only auditors see who was shown what."), remedy=_("Ask your auditor."),
            permission=Permission.VIEWING_SEE.value,
        )  # fmt: skip
    return places


def of_item(batch: Batch, number: int) -> list[Seen]:
    task = Standing.objects.filter(batch=batch, number=number).values_list("pk", flat=True).first()
    return _rows(Viewing.objects.filter(task=task))


def of_person(email: str, places: frozenset[int]) -> tuple[str, list[Seen]]:
    """The code of the person, empty where nobody has this address; and what they were shown in these organisations."""
    person = Person.objects.filter(email__iexact=email).first()
    found = Viewing.objects.filter(person=person, batch__organisation__in=places) if person else Viewing.objects.none()
    return (str(person.code) if person else ""), _rows(found)


def _rows(found: QuerySet[Viewing]) -> list[Seen]:
    rows = list(
        found.order_by("-last").values(
            "task", "person__name", "person__email", "batch__code", "first", "last", "times"
        )[:MOST]
    )
    numbers = dict(Standing.objects.filter(pk__in=[row["task"] for row in rows]).values_list("pk", "number"))
    return [
        Seen(
            row["person__name"], row["person__email"], row["batch__code"], numbers.get(row["task"], 0), row["first"],
            row["last"], row["times"],
        )
        for row in rows
    ]  # fmt: skip
