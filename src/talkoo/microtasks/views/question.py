"""What the contribute page, the review page and the builder's preview show of an item and its question: the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from talkoo.microtasks.task_types import Config, TaskType

KEYS = 9
SHIFT = "⇧"  # with a number: how sure


@dataclass(frozen=True, slots=True)
class Part:
    """One text of an item: its heading (empty where there is only one) and its paragraphs."""

    heading: str
    paragraphs: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    value: str
    label: str
    checked: bool
    key: str


@dataclass(frozen=True, slots=True)
class Question:
    """Ready for `microtasks/_question.html`; `template` draws the options of the task type."""

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
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def most_key(self) -> int:
        return min(len(self.options), KEYS)

    @property
    def links(self) -> list[dict[str, str]]:
        """The errors as links for the summary above the form."""
        places = {"choice": "choice-1", "sure": "sure-1", "note": "note", "cannot": "cannot"}
        return [
            {"message": words[0], "href": f"#{places.get(name, 'choice-1')}"} for name, words in self.errors.items()
        ]


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


def parts_of(declared: TaskType, payload: Mapping[str, Any]) -> list[Part]:
    """The texts of an item in the order its type declares, split into paragraphs of lines."""
    several = len(declared.columns) > 1
    return [
        Part(str(column.name) if several else "", paragraphs(str(payload.get(column.code, ""))))
        for column in declared.columns
    ]


def paragraphs(text: str) -> list[list[str]]:
    """Blank lines separate paragraphs, line ends separate lines."""
    blocks = text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    return [block.strip("\n").split("\n") for block in blocks if block.strip()]


def chosen_values(declared: TaskType, config: Config, value: Any) -> list[str]:
    """The option values, as posted, that stand for a stored answer: the reverse of the type's `read`."""
    several = isinstance(value, list)
    found = []
    for posted, _label in declared.choices(config):
        read = declared.read(config, {"choice": [posted] if several else posted})
        if value is not None and (read == value or (several and read and read[0] in value)):
            found.append(posted)
    return found


def question(
    declared: TaskType,
    config: Config,
    *,
    text: str,
    help: str,  # noqa: A002 - the word on the page
    ask_sure: bool,
    draft: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Question:
    """The question with what was chosen so far: `draft` has choice (list), sure, cannot, note as posted."""
    held = draft or {}
    chosen = [str(value) for value in held.get("choice", [])]
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
        cannot=str(held.get("cannot") or ""),
        note=str(held.get("note") or ""),
        reasons=cannot_reasons(),
        errors={name: [words] for name, words in (errors or {}).items()},
    )
