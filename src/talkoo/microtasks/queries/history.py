"""How a result came about: every answer, the probability after it, and why the task closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.lib.formats import near_day, near_time
from talkoo.microtasks.aggregation import Spoken
from talkoo.microtasks.models import Batch, Model, Result, Task, TaskState
from talkoo.microtasks.queries.known import known_of
from talkoo.microtasks.queries.said import Said, answer_words, in_short, said_by_task
from talkoo.microtasks.task_types import task_type


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story, as the element timeline shows it."""

    label: str
    when: str
    text: str
    state: str = "done"


def how_it_came_about(task: Task) -> list[Step]:
    """The story of one task, oldest first. Three queries; the page of one task and that of a late answer show it."""
    said = said_by_task([task.pk])[task.pk]
    model = Model.objects.filter(batch=task.batch_id).first()
    return story(task, said, list(Result.objects.filter(task=task).order_by("version")), model)


def story(task: Task, said: Sequence[Said], results: Sequence[Result], model: Model | None) -> list[Step]:
    """The same from what is read already. Days only: the minute of an answer could tell who gave it."""
    counted = [answer for answer in said if not answer.surplus]
    chances = chances_along(task, counted, model)
    decided = next((result for result in reversed(results) if result.reason in {"sure", "enough"}), None)
    if decided and decided.probability and len(decided.answer_ids) == len(counted):
        chances[-1] = decided.probability
    steps = [(answer.at, _answered(task.batch, number, answer, chances)) for number, answer in enumerate(counted)]
    steps += [(result.at, _closing(task.batch, result)) for result in turning_points(results)]
    steps += [(answer.at, _late(task.batch, answer)) for answer in said if answer.surplus]
    return [step for _at, step in sorted(steps, key=lambda timed: timed[0])] + _ahead(task)


def turning_points(results: Sequence[Result]) -> list[Result]:
    """Versions that changed something: of refits in a row that say the same, the last."""
    after = [*results[1:], None][: len(results)]
    return [
        result
        for result, later in zip(results, after, strict=True)
        if not (later and result.reason == later.reason == "refit" and result.value == later.value)
    ]


def _answered(batch: Batch, order: int, answer: Said, chances: Sequence[float]) -> Step:
    words = answer_words(batch, answer)
    text = words
    if answer.value is not None:
        text = _("%(answer)s: probability %(chance)s.") % {"answer": words, "chance": in_hundred(chances[order])}
    return Step(_("Answer %(number)d") % {"number": order + 1}, _day(answer.at), text)


def _late(batch: Batch, answer: Said) -> Step:
    text = _("%(answer)s. It came after the result and is kept beside it.") % {"answer": answer_words(batch, answer)}
    return Step(_("One more opinion"), _day(answer.at), text)


def chances_along(task: Task, counted: Sequence[Said], model: Model | None) -> list[float]:
    """The published probability of the likeliest answer after the first, the second … answer, as known today."""
    aggregation, known = task_type(task.batch.task_type).aggregation, known_of(model)
    spoken: list[Spoken] = []
    chances = []
    for answer in counted:
        if answer.value is not None:
            spoken.append(Spoken(answer.value, answer.counts))
        chances.append(aggregation.combine(task.batch.config, spoken, known, task.pk).probability)
    return chances


def _closing(batch: Batch, result: Result) -> Step:
    labels = {
        "sure": _("Closed by the rule"),
        "enough": _("Closed: all answers are in"),
        "review": _("A reviewer decided"),
        "refit": _("Combined anew"),
    }
    when = near_time(result.at)
    return Step(labels.get(result.reason, _("Closed")), when, _closing_words(batch, result))


def _closing_words(batch: Batch, result: Result) -> str:
    answers, chance = len(result.answer_ids), in_hundred(result.probability or 0)
    given = ngettext("%(count)d answer", "%(count)d answers", answers) % {"count": answers}
    facts = {"answers": given, "chance": chance, "sure": batch.sure, "least": batch.least, "most": batch.most}
    value = in_short(task_type(batch.task_type).words(batch.config, result.value))
    texts = {
        "sure": _(
            "%(answers)s, probability %(chance)s in 100. That is sure enough here: %(sure)d in 100, after %(least)d to %(most)d answers."
        ),
        "enough": _("%(answers)s, as many as were asked for. Probability %(chance)s."),
        "review": _("People could not settle it, so somebody who had not answered decided: %(value)s."),
        "refit": _("More was known of all answers together: %(value)s, probability %(chance)s."),
    }
    return texts.get(result.reason, "%(answers)s.") % {**facts, "value": value}


def _ahead(task: Task) -> list[Step]:
    if task.state == TaskState.REVIEW:
        return [Step(_("With a reviewer"), "", _("Somebody who did not answer decides."), "now")]
    if task.state == TaskState.CLOSED:
        return []
    missing = max(task.needed - task.done, 1)
    asked = ngettext("%(count)d more answer is asked for.", "%(count)d more answers are asked for.", missing)
    return [Step(_("Open"), "", asked % {"count": missing}, "now")]


def _day(at: datetime) -> str:
    return near_day(at)


def in_hundred(chance: float) -> str:
    """A probability as a whole number in 100, never rounded up to certainty."""
    return str(min(99, round(100 * chance)) if chance < 1 else 100)
