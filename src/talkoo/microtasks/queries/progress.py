"""How far batches have come, from the running counts."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from talkoo.microtasks.models import Batch, Standing, Tally, TaskState


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of one batch: tasks settled of all, tasks with a reviewer, answers given, and how many of them are surplus."""

    total: int
    settled: int = 0
    review: int = 0
    answers: int = 0
    surplus: int = 0

    @property
    def open(self) -> int:
        return max(self.total - self.settled - self.review, 0)

    @property
    def share(self) -> float:
        return self.settled / self.total if self.total else 0.0


def of_batches(batches: Iterable[Batch]) -> dict[int, Progress]:
    """Progress of each batch by its id; one query for all."""
    totals = {batch.pk: batch.tasks_total for batch in batches}
    sums = (
        Tally.objects.filter(batch__in=totals)
        .values_list("batch")
        .annotate(Sum("closed"), Sum("review"), Sum("answers"), Sum("surplus"))
    )
    found = {batch: Progress(totals[batch], *counts) for batch, *counts in sums}
    return {batch: found.get(batch, Progress(total)) for batch, total in totals.items()}


def of_batch(batch: Batch) -> Progress:
    return of_batches([batch])[batch.pk]


def with_known_items(found: QuerySet[Batch]) -> QuerySet[Batch]:
    """The same batches, whose `items_words` count those with a known answer as they are now."""
    items = Standing.objects.filter(batch=OuterRef("pk"), state=TaskState.CONTROL, known=True)
    known = items.order_by().values("batch").annotate(n=Count("pk"))
    return found.annotate(known_counted=Coalesce(Subquery(known.values("n")), 0, output_field=IntegerField()))
