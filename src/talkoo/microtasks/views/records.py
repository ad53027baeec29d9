"""Records side by side: which fields belong together, and where they differ."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any

from django.utils.translation import gettext as _

from talkoo.engines.consensus import plain
from talkoo.microtasks.task_types import Item, TaskType

SEPARATORS = " _:.-"
SIDES = re.compile(
    r"^(left|right|first|second|a|b|1|2)[\s_:.-]+|[\s_:.-]+(left|right|first|second|a|b|1|2)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One field of a record, or of two that are compared: its name, its texts, and whether they say different things."""

    name: str
    texts: Sequence[str]
    differs: bool = False


def side_by_side(records: Sequence[Any]) -> list[RecordRow]:
    """The fields of one record, or of several matched by name ("food: city" beside "fire: city"), else by order.

    A record is a list of (name, text). A field that one side lacks stands there empty.
    """
    given = [[(str(name), str(text)) for name, text in record or ()] for record in records]
    if len(given) < 2:
        return [RecordRow(name, [text]) for record in given for name, text in record]
    named = [{field_name(name, record): text for name, text in record} for record in given]
    if not set(named[0]) & set(named[1]):
        return [
            _row(" / ".join(dict.fromkeys([one[0], other[0]])), [one[1], other[1]]) for one, other in _zipped(given)
        ]
    names = list(dict.fromkeys(name for record in named for name in record))
    return [_row(name, [record.get(name, "") for record in named]) for name in names]


def sides(records: Sequence[Any]) -> list[str]:
    """What to call the records of a pair: the word their columns begin with (“food: city”), else first and second."""
    usual = [_("First record"), _("Second record")]
    return [
        word[:1].upper() + word[1:] if (word := _shared(record or ()).strip(SEPARATORS)) else usual[at]
        for at, record in enumerate(records)
    ]


def field_name(name: str, record: Sequence[tuple[str, str]]) -> str:
    """The name of a column without what says on which side it stands: “food: city”, “city_b” → “city”."""
    short = name.removeprefix(_shared(record))
    return SIDES.sub("", short) or short


def _shared(record: Sequence[Any]) -> str:
    """What all names of a record begin with, up to a sign that separates; nothing of a single field."""
    names = [str(name) for name, _text in record]
    common = commonprefix(names) if len(names) > 1 else ""  # noqa: RUF071 - of characters, as wanted here
    end = max((common.rfind(sign) for sign in SEPARATORS), default=-1)
    return common[: end + 1]


def _row(name: str, texts: Sequence[str]) -> RecordRow:
    return RecordRow(name, texts, len({plain(text) for text in texts}) > 1)


def _zipped(given: Sequence[Sequence[tuple[str, str]]]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    most = max(len(record) for record in given)
    one, other = ([*record, *[("", "")] * (most - len(record))] for record in given[:2])
    return list(zip(one, other, strict=True))


def fits_item(declared: TaskType, item: Item) -> bool:
    """Whether an item holds every part that the type shows."""
    return all(column.code in item for column in declared.columns if column.required)


def sample_item(declared: TaskType) -> dict[str, Any]:
    """What the preview shows before there is an item that fits."""
    text = _("The text of an item stands here.")
    fields = [[_("Name"), _("Harbour café")], [_("Street"), _("Quay 5")]]
    return {column.code: fields if column.record else text for column in declared.columns}
