"""What came of a replay: counted in the database, never from what the clients believe."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.db import connection
from django.db.models import Count, F, Q

from talkoo.desk.replay.recording import Recording
from talkoo.microtasks.models import Answer, Assignment, Batch, Task


@dataclass(frozen=True)
class Figures:
    """The names are those of the JSON."""

    set: str
    answers_sent: int
    answers_kept: int
    people: int
    tasks: int
    tasks_settled: int
    truths_matched: int
    accuracy: float | None
    majority_accuracy: float | None
    double_allocations: int
    method: str
    seconds: float
    answers_per_second: float

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def figures(
    recording: Recording, batch: Batch, numbers: Mapping[str, int], *, sent: int, method: str, seconds: float
) -> Figures:
    """Read everything off the tables of this batch."""
    values = dict(Task.objects.filter(batch=batch, result__isnull=False).values_list("number", "result__value"))
    settled = {task: values[numbers[task]] for task in recording.truth if numbers[task] in values}
    right = sum(value == recording.truth[task] for task, value in settled.items())
    return Figures(
        set=recording.name,
        answers_sent=sent,
        answers_kept=Answer.objects.filter(task__batch=batch).count(),
        people=Assignment.objects.filter(batch=batch).values("person").distinct().count(),
        tasks=Task.objects.filter(batch=batch).count(),
        tasks_settled=len(values),
        truths_matched=len(settled),
        accuracy=round(right / len(settled), 4) if settled else None,
        majority_accuracy=majority_accuracy(recording),
        double_allocations=double_allocations(batch),
        method=method,
        seconds=round(seconds, 1),
        answers_per_second=round(sent / seconds, 1) if seconds else 0.0,
    )


def majority_accuracy(recording: Recording) -> float | None:
    """The share a plain count of hands would get right; a tie of k labels counts as 1/k where the truth is among them."""
    votes: dict[str, Counter[str]] = {}
    for task, _worker, label in recording.sent:
        votes.setdefault(task, Counter())[label] += 1
    right = 0.0
    for task, truth in recording.truth.items():
        most = max(votes[task].values())
        top = [label for label, number in votes[task].items() if number == most]
        right += (truth in top) / len(top)
    return round(right / len(recording.truth), 4) if recording.truth else None


def double_allocations(batch: Batch) -> int:
    """Slots given twice: the same task twice to one person, people beyond what a task needed, counters that lie."""
    pairs = Assignment.objects.filter(batch=batch).values("person", "task")
    twice = pairs.annotate(n=Count("pk")).filter(n__gt=1).count()
    counting = Count("assignments", filter=Q(assignments__state__in=["leased", "answered"]))
    beyond = Q(held__gt=F("needed")) | Q(needed__lt=F("active") + F("done"))
    over = Task.objects.filter(batch=batch).annotate(held=counting).filter(beyond)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT a.person_id, n.task_id FROM microtasks_answer n"
            " JOIN microtasks_assignment a ON a.id = n.assignment_id WHERE a.batch_id = %s AND n.version = 1"
            " GROUP BY 1, 2 HAVING count(*) > 1) x",
            [batch.pk],
        )
        answered_twice = cursor.fetchone()[0]
    return int(twice + over.count() + answered_twice)
