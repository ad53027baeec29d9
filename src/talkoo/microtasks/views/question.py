"""What the contribute page, the review page and the builder's preview show of an item and its question: the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from talkoo.microtasks.models import Task
from talkoo.microtasks.queries.pictures import Reference, readable, referred
from talkoo.microtasks.task_types import Config, Item, TaskType
from talkoo.microtasks.views.records import RecordRow, side_by_side, sides

KEYS = 9
SHIFT = "⇧"  # with a number: how sure


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an item: its heading (empty where there is only one) and its paragraphs; or records as `rows`; or a
    picture and its address."""

    heading: str
    paragraphs: Sequence[Sequence[str]] = ()
    rows: Sequence[RecordRow] = ()
    columns: Sequence[str] = ()
    picture: Reference | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    value: str
    label: str
    checked: bool
    key: str


@dataclass(frozen=True, slots=True)
class Question:
    """Ready for `microtasks/_question.html`; `template` draws the options, or from `form` what else the type asks for.

    `language` is that of the words its owner gave: the question, the help, options by name."""

    text: str
    help: str
    template: str
    several: bool
    options: Sequence[Option]
    sure: Sequence[Option]
    ask_sure: bool
    cannot: str
    note: str
    reasons: Sequence[tuple[str, str]]
    language: str = ""
    form: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def most_key(self) -> int:
        return min(len(self.options), KEYS)

    @property
    def links(self) -> list[dict[str, str]]:
        """The errors as links for the summary above the form."""
        places = {"choice": "choice-1", "sure": "sure-1"}
        return [{"message": words[0], "href": f"#{places.get(name, name)}"} for name, words in self.errors.items()]


def cannot_reasons() -> list[tuple[str, str]]:
    return [
        ("", _("Choose a reason")),
        ("unreadable", _("It cannot be read")),
        ("off-topic", _("It is about something else")),
        ("conflict", _("I know the people concerned")),
        ("other", _("Another reason")),
    ]


def sure_words() -> list[str]:
    return [_("Not sure"), _("Fairly sure"), _("Very sure")]


def parts_of(declared: TaskType, item: Item, *, turned: bool = False, task: Task | None = None) -> list[Part]:
    """The texts of an item in the order its type declares, split into paragraphs of lines; records as a table.

    `turned` shows what stands side by side the other way round, under the same headings. Pictures need the `task` they
    belong to; without it their names stand for them.
    """
    columns = declared.columns[::-1] if turned and declared.turned else declared.columns
    records = [column for column in columns if column.record]
    if records:
        held = [item.get(column.code) for column in records]
        table = Part("", rows=side_by_side(held), columns=sides(held) if len(held) > 1 else ())
        beside = [column for column in columns if not column.record and item.get(column.code)]
        return [table, *(_part(str(column.name), item[column.code], column.code, task) for column in beside)]
    several = len(columns) > 1
    return [
        _part(str(heading.name) if several else "", item.get(column.code, ""), column.code, task)
        for heading, column in zip(declared.columns, columns, strict=True)
    ]


def _part(heading: str, held: Any, code: str, task: Task | None) -> Part:
    text = str(held)
    picture = referred(text)
    if picture is None or task is None:
        return Part(heading, paragraphs(readable(text)))
    return Part(heading, picture=picture, address=reverse("picture", args=[task.batch.code, task.number, code]))


def paragraphs(text: str) -> list[list[str]]:
    """Blank lines separate paragraphs, line ends separate lines."""
    blocks = text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    return [block.strip("\n").split("\n") for block in blocks if block.strip()]


def question(
    declared: TaskType,
    config: Config,
    *,
    item: Item,
    text: str,
    help: str,  # noqa: A002 - the word on the page
    ask_sure: bool,
    language: str = "",
    draft: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Question:
    """The question about an item, with what was chosen so far: `draft` has the fields of the type (lists), sure, cannot
    and note as posted."""
    held = draft or {}
    fields = {name: [str(value) for value in held.get(name, [])] for name in declared.fields(config)}
    chosen = fields.get("choice", [])
    sure = str(held.get("sure") or "")
    return Question(
        text=text,
        help=help,
        template=declared.template,
        several=bool(config.get("several")),
        options=[
            Option(f"choice-{n}", value, label, value in chosen, str(n) if n <= KEYS else "")
            for n, (value, label) in enumerate(declared.choices(config), 1)
        ],
        sure=[
            Option(f"sure-{n}", str(n), word, sure == str(n), f"{SHIFT}{n}") for n, word in enumerate(sure_words(), 1)
        ],
        ask_sure=ask_sure,
        language=language,
        cannot=str(held.get("cannot") or ""),
        note=str(held.get("note") or ""),
        reasons=cannot_reasons(),
        form=declared.form(config, fields, item),
        errors={name: [words] for name, words in (errors or {}).items()},
    )
