"""Records that are shown in pieces only: put together again for their owners, and what that asks of the people there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.microtasks.models import Batch, Piece


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the file, whole again."""

    number: int
    name: str
    pieces: Sequence[Piece]


def pieces_each(batch: Batch) -> int:
    """How many pieces a record has at most. One query; none where the items are whole."""
    if not batch.records:
        return 0
    most: int | None = Piece.objects.filter(batch=batch).aggregate(most=Max("part"))["most"]
    return most or 0


def usual_cap(batch: Batch) -> int:
    """What one person may be handed of a record unless the owner says otherwise: less than half of it, but one piece."""
    return max(1, (pieces_each(batch) - 1) // 2)


def records(batch: Batch, numbers: Sequence[int]) -> list[Record]:
    """These records with their pieces, each with its item and result. For owners alone: `Permission.BATCH_EXPORT`."""
    found: QuerySet[Piece] = Piece.objects.filter(batch=batch, record__in=numbers).select_related("task__result")
    by_record: dict[int, list[Piece]] = {}
    for piece in found.order_by("record", "part"):
        by_record.setdefault(piece.record, []).append(piece)
    return [Record(number, pieces[0].name, pieces) for number, pieces in by_record.items()]


def caps_words(batch: Batch) -> str:
    """What the caps say, in one sentence; empty where the items are whole."""
    if not batch.records:
        return ""
    said = []
    if batch.cap_person:
        words = ngettext("one person is handed %(n)d piece of a record at most", "one person is handed %(n)d pieces of a record at most", batch.cap_person)  # fmt: skip
        said.append(words % {"n": batch.cap_person})
    if batch.cap_team:
        words = ngettext("the people of one organisation %(n)d together", "the people of one organisation %(n)d together", batch.cap_team)  # fmt: skip
        said.append(words % {"n": batch.cap_team})
    return "; ".join(said) or _("nobody is kept from having a whole record in hand, piece by piece")


def too_few(batch: Batch, reach: int) -> bool:
    """Whether so few people can take part that the caps leave pieces of a record to nobody."""
    each = pieces_each(batch)
    return bool(each and batch.cap_person) and reach * (batch.cap_person or 0) < each * batch.least
