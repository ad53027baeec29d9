"""A record of several fields: is each right as it stands, and if not, what should it say?"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talkoo.engines.consensus import plain
from talkoo.lib.numbers import whole
from talkoo.microtasks.aggregation import Votes
from talkoo.microtasks.task_types.declaration import Column, Config, Held, Item, TaskType

RECORD = "record"
LONGEST, MOST_FIELDS = 500, 40
UNKNOWN = "wrong"
"""The key of a field that is wrong while nobody can say what is right. Texts carry a mark before them."""


def names_of(item: Item) -> list[str]:
    return [str(name) for name, _text in item.get(RECORD) or ()]


def read(_config: Config, posted: Mapping[str, Any]) -> Any:
    """The fields marked wrong, each with what it should say ("" where that is not known); {} of them: all is right.

    A correction that was typed counts as a mark. The fields are named by the page (`field`), in the order of the texts.
    """
    get = getattr(posted, "getlist", lambda name: list(posted.get(name, [])))
    names, texts = get("field"), [" ".join(str(text).replace("\x00", "").split()) for text in get("fix")]
    marked = {whole(str(number)) for number in get("wrong")}
    wrong = {
        name: text
        for at, (name, text) in enumerate(zip(names, [*texts, *[""] * len(names)], strict=False), 1)
        if at in marked or text
    }
    said = posted.get("choice")
    if said == "1":
        return {"wrong": {}} if not wrong else {"wrong": wrong, "said": "right"}
    if said == "2" or wrong:
        return {"wrong": wrong} if wrong else {"wrong": {}, "said": "wrong"}
    return None


def wrong(_config: Config, value: Any, item: Item) -> Mapping[str, str]:
    if not isinstance(value, dict) or not isinstance(value.get("wrong"), dict) or set(value) - {"wrong", "said"}:
        return {"choice": gettext("Say that all is right, or which fields are wrong.")}
    marked = value["wrong"]
    known = names_of(item)
    strange = [name for name in marked if known and name not in known]
    if strange or len(marked) > MOST_FIELDS:
        return {"choice": gettext("This record has no field “%(name)s”.") % {"name": (strange or [""])[0]}}
    if value.get("said") == "right":
        name = next(iter(marked))
        return {
            "choice": gettext("You chose that all is right, but marked “%(name)s”. Decide for one.") % {"name": name}
        }
    if value.get("said") == "wrong":
        return {"choice": gettext("Mark at least one field that is wrong.")}
    return _wrong_texts(marked, item, known)


def _wrong_texts(marked: Mapping[str, Any], item: Item, known: Sequence[str]) -> dict[str, str]:
    held = {str(name): str(text) for name, text in item.get(RECORD) or ()}
    found = {}
    for name, text in marked.items():
        place = f"fix-{known.index(name) + 1}" if name in known else "choice"
        if not isinstance(text, str) or "\x00" in text or len(text) > LONGEST:
            found[place] = gettext("Shorten this to %(limit)d characters.") % {"limit": LONGEST}
        elif text and plain(text) == plain(held.get(name, "\x00")):
            found[place] = gettext("“%(name)s” says that already. Change it, or take the mark away.") % {"name": name}
    return found


def keys(_config: Config, value: Any) -> Mapping[str, str]:
    return {name: f"={plain(text)}" if text else UNKNOWN for name, text in value["wrong"].items()}


def build(_config: Config, given: Mapping[str, Any]) -> Any:
    """Every field that won as wrong, as one of those who corrected it wrote it."""
    return {"wrong": {name: answer["wrong"][name] for name, answer in given.items() if name in answer["wrong"]}}


def words(_config: Config, value: Any) -> str:
    if not isinstance(value, dict) or not value.get("wrong"):
        return gettext("All right")
    unknown = gettext("wrong")
    return "; ".join(f"{name}: {text or unknown}" for name, text in value["wrong"].items())


def labels(_config: Config, value: Any) -> Sequence[str]:
    """Counted by what is wrong: several fields may be, as of a multiple choice."""
    marked = value.get("wrong") if isinstance(value, dict) else None
    return [words({}, {"wrong": {name: text}}) for name, text in marked.items()] if marked else [words({}, value)]


def fill(_config: Config, value: Any) -> Held:
    """The page puts corrections beside their fields by `named`; only it knows the record."""
    marked = value["wrong"]
    return {"choice": ["2" if marked else "1"], "field": list(marked), "fix": list(marked.values()), "wrong": []}


def form(_config: Config, held: Held, item: Item) -> Mapping[str, Any]:
    names, texts, marks = held.get("field", ()), held.get("fix", ()), set(held.get("wrong", ()))
    typed = dict(zip(names, texts, strict=False))
    whole_record = list(names) == names_of(item)
    rows = [
        {
            "at": at, "key": str(at), "name": name, "text": text, "fix": typed.get(str(name), ""),
            "wrong": str(at) in marks if whole_record else str(name) in typed,
        }
        for at, (name, text) in enumerate(item.get(RECORD) or (), 1)
    ]  # fmt: skip
    return {"rows": rows, "longest": LONGEST}


def choices(_config: Config) -> Sequence[tuple[str, str]]:
    return [("1", gettext("All of it is right")), ("2", gettext("Something is wrong"))]


def same(_config: Config, one: Any, other: Any) -> bool:
    return keys({}, one) == keys({}, other)


TYPE = TaskType(
    code="verify",
    name=_("Verify a record"),
    says=_("Is each field of a record right? If not, what should it say?"),
    icon="verify",
    columns=(
        Column(RECORD, _("Field of the record"), record=True),
        Column("context", _("Text beside the record"), required=False),
    ),
    aggregation=Votes(keys=keys, build=build),
    metric="text",
    config_schema={"type": "object"},
    answer_schema=lambda config: {
        "type": "object",
        "required": ["wrong"],
        "properties": {
            "wrong": {
                "type": "object",
                "maxProperties": MOST_FIELDS,
                "additionalProperties": {"type": "string", "maxLength": LONGEST},
            },
        },
        "additionalProperties": False,
    },
    read=read,
    words=words,
    choices=choices,
    example=dict,
    same=same,
    fill=fill,
    fields=lambda config: ("choice", "field", "fix", "wrong"),
    names_parts=True,
    form=form,
    wrong=wrong,
    labels=labels,
    picture="fields",
    cells=lambda config, value, spread: {
        "all right": None if value is None else not value["wrong"],
        "corrections": "; ".join(f"{name}: {text}" for name, text in value["wrong"].items()) if value else None,
    },
)
