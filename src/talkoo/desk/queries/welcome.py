"""The first task of a newcomer: short, open and asking for nothing special."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.desk.queries.offers import effort
from talkoo.lib import wall
from talkoo.microtasks.models import Assignment, Batch, Picture, Sensitivity, Standing, Task
from talkoo.microtasks.queries.batches import offered_batches
from talkoo.microtasks.queries.pictures import readable
from talkoo.microtasks.task_types import task_type
from talkoo.people.models import Invitation

OPTIONS = 12  # a longer list is no first minute


@dataclass(frozen=True, slots=True)
class Text:
    heading: str
    paragraphs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    value: str
    label: str
    checked: bool
    key: str


@dataclass(frozen=True)
class First:
    """A real item with its question; `task` tells whether the one handed out is the one that was shown."""

    batch: Batch
    task: int
    texts: Sequence[Text]
    options: Sequence[Option]
    several: bool
    sure: Sequence[Option]
    effort: str
    counts: str


def first_batch(by: Subject) -> Batch | None:
    """The offered batch with the lightest start: fewest skills asked, shortest, most open, a short list of answers.

    Of those with known answers none: the claim may hand out another item than the one that was shown. Nor of confidential
    work: who is shown that is noted, where it was handed out.
    """
    taken = Assignment.objects.filter(person_id=by.person_id, task=OuterRef("pk"))
    untouched = Standing.objects.filter(batch=OuterRef("pk"), is_open=True).exclude(Exists(taken))
    found = (
        offered_batches(by)
        .filter(Exists(untouched), controls_added=0, sensitivity__lt=Sensitivity.CONFIDENTIAL)
        .annotate(asked=Count("skills"))
        .select_related("organisation")
    )
    ordered = found.order_by("asked", "minutes", "sensitivity", "ask_sure", F("deadline").asc(nulls_last=True), "pk")
    batch = next((batch for batch in ordered[:20] if _is_short(batch) and not _is_drawn(batch)), None)
    if batch is not None:
        wall.open(batch.pk)
    return batch


def _is_drawn(batch: Batch) -> bool:
    """Pictures are shown to whom they were handed out, and not before."""
    with wall.opened(batch.pk):
        return Picture.objects.filter(upload__batch=batch).exists()


def _is_short(batch: Batch) -> bool:
    """A few answers to choose from, about texts: the page draws no other kind of question."""
    declared = task_type(batch.task_type)
    plain = tuple(declared.fields(batch.config)) == ("choice",) and not any(
        column.record for column in declared.columns
    )
    return plain and 0 < len(declared.choices(batch.config)) <= OPTIONS


def first_task(by: Subject, posted: Any = None) -> First | None:
    """What the welcome page shows, with what was chosen when it comes back to be put right; None where nothing is offered."""
    batch = first_batch(by)
    if batch is None:
        return None
    taken = Assignment.objects.filter(person_id=by.person_id, task=OuterRef("pk"))
    task = Task.objects.filter(batch=batch, is_open=True).exclude(Exists(taken)).order_by("pos").first()
    return None if task is None else _first(batch, task, posted)


def _first(batch: Batch, task: Task, posted: Any) -> First:
    declared = task_type(batch.task_type)
    several = bool(batch.config.get("several"))
    chosen = posted.getlist("choice") if posted else []
    options = [
        Option(f"choice-{n}", value, label, value in chosen, str(n) if n <= 9 else "")
        for n, (value, label) in enumerate(declared.choices(batch.config), 1)
    ]
    sure = enumerate((_("Not sure"), _("Fairly sure"), _("Very sure")), 1)
    return First(
        batch=batch,
        task=task.number,
        texts=_texts(batch, task),
        options=options,
        several=several,
        sure=[Option(f"sure-{n}", str(n), word, bool(posted) and posted.get("sure") == str(n), "") for n, word in sure]
        if batch.ask_sure
        else [],
        effort=effort(batch.minutes),
        counts=_counts(batch),
    )


def _texts(batch: Batch, task: Task) -> list[Text]:
    columns = task_type(batch.task_type).columns
    return [
        Text(
            str(column.name) if len(columns) > 1 else "", _paragraphs(readable(str(task.payload.get(column.code, ""))))
        )
        for column in columns
    ]


def _paragraphs(text: str) -> list[str]:
    return [block.strip() for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]


def _counts(batch: Batch) -> str:
    if batch.least <= 1:
        return _("It counts: the owner sees it in the result.")
    return _("It counts: at least %(others)s other people look at the same item, and the answers decide together.") % {
        "others": batch.least - 1
    }


def invited_by(by: Subject) -> str:
    """Who invited this person; "" where nobody did."""
    names = Invitation.objects.filter(person=by.person_id, accepted__isnull=False).order_by("-accepted")
    return names.values_list("invited_by__name", flat=True).first() or ""
