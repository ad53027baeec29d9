"""The batches somebody owns, as their list shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.microtasks.models import Batch, BatchState
from talkoo.microtasks.queries.batches import my_batches
from talkoo.microtasks.queries.progress import of_batches, with_known_items

ORDER = (BatchState.OPEN, BatchState.PAUSED, BatchState.DRAFT, BatchState.CLOSED)
COLORS = {
    BatchState.OPEN: "success",
    BatchState.PAUSED: "warning",
    BatchState.DRAFT: "neutral",
    BatchState.CLOSED: "info",
}
SOON = 3  # days


def batches(by: Subject, state: str) -> QuerySet[Batch]:
    """Open ones first, the nearest deadline on top; of one state where it is named."""
    found = with_known_items(my_batches(by)).select_related("organisation")
    if state:
        found = found.filter(state=state)
    rank = Case(*(When(state=state, then=Value(at)) for at, state in enumerate(ORDER)), output_field=IntegerField())
    return found.alias(rank=rank).order_by("rank", "deadline", "-created", "-pk")


def counts(by: Subject) -> dict[str, int]:
    """How many of each state. One query."""
    return dict(my_batches(by).order_by().values_list("state").annotate(Count("pk")))


def tabs(numbers: Mapping[str, int], state: str) -> list[dict[str, Any]]:
    every = [{"label": _("All"), "href": "?", "current": not state, "count": sum(numbers.values())}]
    return every + [
        {"label": one.label, "href": f"?state={one.value}", "current": state == one.value, "count": numbers[one.value]}
        for one in ORDER
        if numbers.get(one.value)
    ]


def rows(found: Sequence[Batch]) -> list[dict[str, Any]]:
    """Each batch with its progress, and whether its day is near. One query more."""
    progress = of_batches(found)
    today = timezone.localdate()
    return [
        {
            "batch": batch,
            "progress": progress[batch.pk],
            "color": COLORS[BatchState(batch.state)],
            "days": (batch.deadline - today).days if batch.deadline else None,
            "soon": bool(batch.deadline and batch.state == BatchState.OPEN and (batch.deadline - today).days <= SOON),
        }
        for batch in found
    ]
