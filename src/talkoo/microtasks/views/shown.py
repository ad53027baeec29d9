"""What the pages of the builder show, made ready for their templates."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.forms import Form
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from talkoo.access.permissions import Relation
from talkoo.access.views import Asking
from talkoo.lib import charts
from talkoo.lib.errors import Missing
from talkoo.lib.formats import number
from talkoo.microtasks.forms import QuestionForm, read_config, shown_config
from talkoo.microtasks.models import Batch, BatchPerson, Task, Upload
from talkoo.microtasks.queries.audience import Place
from talkoo.microtasks.queries.estimates import Estimate, estimate, levels
from talkoo.microtasks.queries.uploads import LEAVE, first_rows, fitting_types, latest_upload, uses
from talkoo.microtasks.task_types import task_type, task_types
from talkoo.microtasks.views.question import parts_of, question
from talkoo.microtasks.views.records import fits_item, sample_item
from talkoo.microtasks.views.settings import fields_of
from talkoo.microtasks.views.showing import source
from talkoo.people.models import Skill

TRIALS = 5
MARKS = (80, 85, 90, 95, 99)


# Columns


def columns(upload: Upload, mapping: Mapping[str, str], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each column with the first text in it, and what it is used as."""
    rows = first_rows(upload)
    return [
        {
            "name": name,
            "field": f"use-{at}",
            "sample": next((row[at] for row in rows if row[at].strip()), ""),
            "use": mapping.get(name, LEAVE),
            "error": [errors[name]] if name in errors else [],
        }
        for at, name in enumerate(upload.columns)
    ]


def column_links(upload: Upload, errors: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"message": f"{name}: {words}", "href": f"#use-{upload.columns.index(name)}"} for name, words in errors.items()
    ]


# The question


def settings(batch: Batch, posted: QueryDict | None, form: QuestionForm) -> list[dict[str, Any]]:
    """The kinds of task, each with the fields of its settings."""
    held = shown_config(batch, posted)
    upload = latest_upload(batch)
    fitting = fitting_types(upload.mapping) if upload and upload.mapping else frozenset(task_types())
    chosen = str(form["kind"].value())
    return [
        {
            "code": code,
            "name": declared.name,
            "fits": code in fitting,
            "columns": ", ".join(f"“{column.name}”" for column in declared.columns),
            "fields": fields_of(declared, held[code], form.config_errors if code == chosen else {}),
        }
        for code, declared in task_types().items()
    ]


def question_links(form: QuestionForm) -> list[dict[str, str]]:
    """What is to be put right, with the settings of the type among it."""
    kind = form["kind"].value()
    plain = [
        {"message": str(words), "href": f"#id_{name}"}
        for name, found in form.errors.items()
        if name != "__all__"
        for words in found
    ]
    others = form.config_errors.values()
    free = [{"message": str(words), "href": ""} for words in form.non_field_errors() if words not in others]
    return plain + [{"message": words, "href": f"#{kind}-{name}"} for name, words in form.config_errors.items()] + free


def preview(request: Asking, batch: Batch, form: QuestionForm, posted: QueryDict | None) -> dict[str, Any]:
    """The first item and the question as they stand in the form, drawn by the contributor's own templates."""
    held = {name: form[name].value() or "" for name in ("kind", "question", "help", "ask_sure")}
    declared = task_types().get(str(held["kind"]), task_type(batch.task_type))
    config = read_config(declared, posted) if posted is not None else batch.config
    text, words, sure = (
        str(held["question"]) or _("Your question stands here"),
        str(held["help"]),
        bool(held["ask_sure"]),
    )
    first = Task.objects.filter(batch=batch, number=1).select_related("batch").first()
    payload = first.payload if first and fits_item(declared, first.payload) else sample_item(declared)
    try:
        asked = question(
            declared,
            config or declared.example(),
            item=payload,
            text=text,
            help=words,
            ask_sure=sure,
            language=batch.language,
        )
    except (KeyError, TypeError, ValueError, IndexError):
        asked = question(
            declared, declared.example(), item=payload, text=text, help=words, ask_sure=sure, language=batch.language
        )
    name = first.name if first else batch.item_word
    if first is None or payload is not first.payload:
        return {"name": name, "parts": parts_of(declared, payload), "mark": None, "question": asked}
    return {"name": name, **source(request, batch, first, declared=declared), "question": asked}


# Quality


def effort(batch: Batch, form: Form) -> dict[str, Any]:
    """The estimate for what the form holds now, the table of levels and its curve."""
    trial = copy(batch)
    if form.is_bound:
        form.is_valid()
        for name, value in form.cleaned_data.items():
            setattr(trial, name, value)
    trial.sure, trial.most = min(max(trial.sure, 50), 99), max(trial.most, trial.least)
    every = levels(trial)
    here = estimate(trial)
    chart = _curve(every, here)
    top = _ceiling(every)
    rows = [
        {"level": level, "x": f"{100 * at / max(1, len(every) - 1):g}", "y": f"{CURVE * (1 - level.hours / top):g}"}
        for at, level in enumerate(every)
    ]
    return {
        "trial": trial,
        "here": here,
        "levels": rows,
        "chart": chart,
        "marks": [mark for mark in MARKS if mark >= every[0].sure],
        "lowest": every[0].sure,
    }


CURVE = 120  # pixels


def _ceiling(every: Sequence[Estimate]) -> int:
    """A round number of hours at or above the highest, so that half of it is round as well."""
    most = max(level.hours for level in every)
    size = 10 ** (len(str(most)) - 1)
    return next(step * size for step in (1, 2, 4, 6, 8, 10) if step * size >= most) if most > 1 else 2


def _curve(every: Sequence[Estimate], here: Estimate) -> charts.Chart:
    at = next(order for order, level in enumerate(every) if level.sure == here.sure)
    top = _ceiling(every)
    words = _("%(hours)s h") % {"hours": number(here.hours)}
    says = _("About %(hours)s for %(sure)d results right in 100. More certainty takes more answers.")
    drawn = charts.line(
        "cost", _("Hours of people’s time"), says % {"hours": words, "sure": here.sure},
        [charts.Point(str(level.sure), level.hours) for level in every],
        of=_("Right in 100"), unit=_("Hours"), top=top, labels=[str(mark) for mark in MARKS], notes=[(at, words)], height=CURVE,
    )  # fmt: skip
    dot = charts.Word(f"{100 * at / max(1, len(every) - 1):g}", f"{CURVE * (1 - here.hours / top):g}", words)
    return replace(drawn, dot=dot)


# Who may see it


def circle(form: Form, tree: Sequence[Place], skills: Sequence[tuple[str, Sequence[Skill]]]) -> dict[str, Any]:
    """Organisations as a tree and skills by category, with what is chosen."""
    chosen = {name: {str(value) for value in form[name].value() or []} for name in ("organisations", "skills")}
    return {
        "tree": [
            {
                "id": place.id,
                "name": place.name,
                "depth": min(place.depth, 4),
                "checked": str(place.id) in chosen["organisations"],
            }
            for place in tree
        ],
        "skills": [_category(name, group, chosen["skills"]) for name, group in skills],
        "skills_chosen": len(chosen["skills"]),
    }


def _category(name: str, group: Sequence[Skill], chosen: set[str]) -> dict[str, Any]:
    entries = [{"key": str(skill.pk), "name": skill.name, "checked": str(skill.pk) in chosen} for skill in group]
    return {"name": name, "entries": entries, "count": sum(bool(entry["checked"]) for entry in entries)}


def with_ties(batch: Batch, *more: str) -> Batch:
    """The batch with its people at hand, and `more` of what hangs on it. One query each."""
    people = BatchPerson.objects.select_related("person").order_by("person__name", "pk")
    prefetch_related_objects([batch], Prefetch("ties", people), *more)
    return batch


def ties(batch: Batch) -> list[dict[str, Any]]:
    """Owners and reviewers, with the words of each part."""
    held = list(batch.ties.all())
    words = {
        Relation.OWNER: (_("Owners"), _("They change the batch, see its results and answer for it.")),
        Relation.REVIEWER: (
            _("Reviewers"),
            _("They decide items on which people differ, as far as they did not answer them."),
        ),
    }
    return [
        {
            "relation": relation.value,
            "name": name,
            "says": says,
            "people": [tie.person for tie in held if tie.relation == relation],
        }
        for relation, (name, says) in words.items()
    ]


# Check and try


def summary(batch: Batch, upload: Upload | None) -> dict[str, Any]:
    """Everything said so far, for a last look."""
    declared = task_type(batch.task_type)
    known = uses()
    used = (
        [(known[use], name) for name in upload.columns if (use := upload.mapping.get(name, LEAVE)) != LEAVE]
        if upload
        else []
    )
    try:
        choices = [label for _value, label in declared.choices(batch.config)]
    except (KeyError, TypeError, ValueError):
        choices = []
    return {
        "declared": declared,
        "choices": choices,
        "used": used,
        "here": estimate(batch),
        "audience": sorted(batch.audience.all(), key=lambda organisation: organisation.name),
        "needed_skills": list(batch.skills.all()),
    }


def trial(request: Asking, batch: Batch, number: int) -> dict[str, Any]:
    """One of the first five items, exactly as the contribute page draws it."""
    most = min(TRIALS, batch.tasks_total)
    task = Task.objects.filter(batch=batch, number=number).select_related("batch").first() if number <= most else None
    if task is None:
        raise Missing(
            _("There is no such item to try."), remedy=_("Read a file first; then the first five can be tried.")
        )
    declared = task_type(batch.task_type)
    text = batch.question or _("Your question stands here")
    return {
        "task": task,
        **source(request, batch, task),
        "question": question(
            declared,
            batch.config or declared.example(),
            item=task.payload,
            text=text,
            help=batch.help,
            language=batch.language,
            ask_sure=batch.ask_sure,
        ),
        "number": number,
        "most": most,
        "pieces": ["done" if at < number else "now" if at == number else "later" for at in range(1, most + 1)],
        "next": reverse("batch_try", args=[batch.code, number + 1]) if number < most else "",
        "previous": reverse("batch_try", args=[batch.code, number - 1]) if number > 1 else "",
        "back": reverse("batch_edit", args=[batch.code, "check"]),
    }
