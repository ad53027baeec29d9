"""What is redacted of a batch, what it would look like, and what is missing before it may open."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.engines.personal import own_words, pieces, redacted
from talkoo.lib.errors import Conflict
from talkoo.microtasks.models import Batch, DataCheck, Redaction, Sensitivity, Task
from talkoo.microtasks.queries.pictures import referred
from talkoo.microtasks.queries.protection import STALLED, Stated, check_of, stated
from talkoo.microtasks.queries.uploads import sources

REDACT, KEEP = "redact", "keep"
NAME, GROUP, PICTURE = "name", "group", "picture"
SAMPLES = 3
WORDS = 120  # characters of a name or group


def block_words() -> dict[str, str]:
    """What stands in the place of each kind, and of an owner's own word ("")."""
    return {
        "name": _("‹name›"), "identity": _("‹identity number›"), "phone": _("‹telephone›"), "email": _("‹e-mail›"),
        "address": _("‹address›"), "account": _("‹account›"), "birth": _("‹birth›"), "plate": _("‹plate›"), "": _("‹redacted›"),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """What is redacted in each part of an item: blocks by kind, and the owner's own words everywhere."""

    blocks: Mapping[str, Mapping[str, str]]
    own: re.Pattern[str] | None
    block: str

    def everywhere(self) -> dict[str, str]:
        return {kind: block for blocks in self.blocks.values() for kind, block in blocks.items()}


def rules_of(choices: Mapping[str, str], words: Sequence[str]) -> Rules:
    """Raises ValueError where one of the words is none."""
    known, blocks = block_words(), dict[str, dict[str, str]]()
    for key, choice in choices.items():
        kind, _space, part = key.partition(" ")
        if choice == REDACT and kind in known:
            blocks.setdefault(part, {})[kind] = known[kind]
    return Rules(blocks, own_words(words), known[""])


def redacted_task(rules: Rules, name: str, group: str, payload: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """The three parts of an item as they are after it. What is no text stays; so do pictures, whose names go."""

    def text(part: str, held: str) -> str:
        found = referred(held)
        if found is None:
            return redacted(held, rules.blocks.get(part, {}), rules.own, rules.block)
        plain = redacted(found.name, rules.blocks.get(part, {}), rules.own, rules.block)
        return held.removesuffix(found.name) + plain

    def held(part: str, value: Any) -> Any:
        if isinstance(value, str):
            return text(part, value)
        if isinstance(value, list):  # a record: names of fields and their texts
            return [[field[0], text(part, field[1])] if _is_field(field) else field for field in value]
        return value

    short = (" ".join(text(part, words).split())[:WORDS] for part, words in ((NAME, name), (GROUP, group)))
    return next(short), next(short), {part: held(part, value) for part, value in payload.items()}


def _is_field(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[1], str)


def texts_of(name: str, group: str, payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text of an item, with the part it stands in: those of records too."""
    yield NAME, name
    yield GROUP, group
    for part, value in payload.items():
        if isinstance(value, str):
            yield part, value
        elif isinstance(value, list):
            yield from ((part, field[1]) for field in value if _is_field(field))


@dataclass(frozen=True, slots=True)
class Planned:
    """A batch before it opens: its items as `items` names them, what was found, and what was chosen of it."""

    items: str
    check: DataCheck | None
    redaction: Redaction | None

    @property
    def findings(self) -> list[dict[str, Any]]:
        return list(self.check.findings) if self.check is not None and self.check.finished else []

    def choices(self) -> dict[str, str]:
        """For each finding what was chosen, else to redact it; pictures can only be kept."""
        chosen = self.redaction.choices if self.redaction else {}
        keys = {f"{row['kind']} {row['part']}": row["kind"] for row in self.findings}
        return {key: KEEP if kind == PICTURE else chosen.get(key, REDACT) for key, kind in keys.items()}

    def words(self) -> list[str]:
        return list(self.redaction.words) if self.redaction else []


def planned(batch: Batch, found: Stated | None = None) -> Planned:
    """Two or three queries, one less where what is `stated` was read. A redaction of other items is none: what was chosen
    then is taken as a proposal."""
    found = found or stated(batch)
    return Planned(
        found.items, check_of(found), Redaction.objects.filter(batch=batch).select_related("by", "signed_by").first()
    )


def edition(redaction: Redaction) -> str:
    """Which choices somebody has read: what they sign is just that."""
    words = json.dumps([redaction.items, redaction.choices, redaction.words], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def speaks(plan: Planned) -> bool:
    """Whether a redaction is of the items that are there now."""
    return plan.redaction is not None and plan.redaction.items == plan.items


def going(plan: Planned) -> bool:
    """Whether the items are being rewritten just now. Where items changed meanwhile, or nothing has moved for a while, it
    has stopped: it may be prepared anew, and what still ran writes no more."""
    held = plan.redaction
    if held is None or not speaks(plan) or held.signed is None or held.finished is not None:
        return False
    return held.moved is not None and held.moved > timezone.now() - STALLED


def check_idle(batch: Batch) -> None:
    """Raise Conflict while the items are being rewritten: nothing else may change them."""
    if going(planned(batch)):
        raise Conflict(_("The items are being redacted just now."), remedy=_("Wait until that is done."))


def unsigned(batch: Batch, found: Stated | None = None) -> list[str]:
    """What is missing of it before the batch may open: for confidential and restricted items a signature on whatever was
    found, for others only where something was prepared."""
    sensitive = batch.sensitivity >= Sensitivity.CONFIDENTIAL
    if not batch.tasks_total or not (sensitive or hasattr(batch, "redaction")):
        return []
    found = found or stated(batch)
    plan = Planned(found.items, check_of(found), getattr(batch, "redaction", None))
    if sensitive and (plan.check is None or plan.check.finished is None):
        return [_("Have the items looked through for personal data: they are confidential.")]
    redaction = plan.redaction if speaks(plan) else None
    if redaction is None:
        return (
            [_("Say what of the personal data found is redacted, and have somebody sign it.")]
            if sensitive and plan.findings
            else []
        )
    return [reason] if (reason := _not_yet(batch, plan, redaction, sensitive=sensitive)) else []


def _not_yet(batch: Batch, plan: Planned, redaction: Redaction, *, sensitive: bool) -> str:
    """What keeps a redaction of the items of now from being done; empty where nothing does."""
    if redaction.signed is None:
        return _("What is to be redacted waits for somebody to sign it.")
    if sensitive and not two_looked(batch, redaction):
        return _(
            "Who signed what is redacted chose it or sent the file. Save it again, and have another owner sign it."
        )
    if redaction.finished:
        return ""
    if not going(plan):
        return _("Redacting the items has stopped. Save again what is redacted, and have it signed anew.")
    return _("The items are being redacted. Wait until that is done.")


def two_looked(batch: Batch, redaction: Redaction) -> bool:
    """Whether somebody signed who neither chose nor sent the file. The batch may have become more sensitive since."""
    first = {redaction.by_id, None, *(upload.by_id for upload in sources(batch))}
    return redaction.signed_by_id not in first


def samples(batch: Batch, plan: Planned) -> list[Task]:
    """A few items in which something was found; the first ones where nothing was."""
    numbers = sorted({number for row in plan.findings if row["kind"] != PICTURE for number in row["numbers"][:SAMPLES]})
    chosen = Task.objects.filter(batch=batch).order_by("number")
    return list((chosen.filter(number__in=numbers[:SAMPLES]) if numbers else chosen)[:SAMPLES])


def marked_pieces(rules: Rules, part: str, text: str) -> list[tuple[str, str | None]]:
    """A text in pieces: what stays, and what goes with the block in its place."""
    return pieces(text, rules.blocks.get(part, {}), rules.own, rules.block)
