"""Files of items: what was uploaded, how far reading has come, what was rejected."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.lib.tables import Shape
from talkoo.microtasks.models import Batch, FirstRows, RejectedRow, Upload, UploadState
from talkoo.microtasks.queries.batches import seen_batches
from talkoo.microtasks.task_types import task_types

NAME, GROUP, KNOWN, WHY, LEAVE = "name", "group", "known", "why", "leave"
PIECE = "piece"  # a piece of the record that the row is, by itself; with a number, together with others of that number
PIECES = (PIECE, *(f"{PIECE}-{n}" for n in range(1, 5)))
STALLED = timedelta(seconds=45)
STORING = timedelta(milliseconds=0.3)  # for one item, on a slow machine


def folder() -> Path:
    """Where uploaded files lie, under random names, out of reach of any address."""
    return Path(settings.MEDIA_ROOT)


def path_of(upload: Upload) -> Path:
    return folder() / upload.stored_as


def shape_of(upload: Upload) -> Shape:
    return Shape(
        upload.encoding, upload.delimiter, tuple(upload.columns), upload.size,
        upload.kind, upload.sheet, tuple(upload.sheets),
    )  # fmt: skip


def latest_upload(batch: Batch) -> Upload | None:
    """The file the batch is made from: the last one sent."""
    return batch.uploads.order_by("-pk").first()


def sources(batch: Batch) -> list[Upload]:
    """The latest file, and those before it that the items of now may be from: the last one read to its end, and any whose
    reading was begun after that and did not end well. A file that was only sent takes nothing's place. One query."""
    sent, found = list(batch.uploads.order_by("-pk")), list[Upload]()
    for upload in sent:
        if upload is sent[0] or upload.state in {UploadState.READY, UploadState.READING, UploadState.FAILED}:
            found.append(upload)
        if upload.state == UploadState.READY:
            break
    return found


def access_upload(batch: Batch) -> Upload:
    """The same, where there must be one."""
    upload = latest_upload(batch)
    if upload is None:
        raise Missing(_("This batch has no file yet."), remedy=_("Choose a file in the first step."))
    return upload


def same_file(by: Subject, upload: Upload) -> QuerySet[Upload]:
    """Earlier uploads of the very same bytes in batches this person may see, latest first."""
    earlier = Upload.objects.filter(sha256=upload.sha256, batch__in=seen_batches(by)).exclude(pk=upload.pk)
    return earlier.exclude(batch=upload.batch_id).select_related("batch").order_by("-at")


def rejected_rows(upload: Upload) -> QuerySet[RejectedRow]:
    return upload.rejected.order_by("line", "pk")


def stalled(upload: Upload) -> bool:
    """Whether nobody has read on for a while: the worker is gone, or has not begun.

    While all items are stored, in one transaction, there is no sign of life: the more there are, the longer we wait.
    """
    reading = upload.state == UploadState.READING
    patience = STALLED + upload.rows_read * STORING if upload.bytes_read >= upload.size else STALLED
    return reading and (upload.moved is None or upload.moved < timezone.now() - patience)


# Columns of a file, and what they are used as


def uses() -> dict[str, str]:
    """Everything a column can be used as, in the order of the list."""
    parts = {column.code: str(column.name) for declared in task_types().values() for column in declared.columns}
    first = ["source"] if "source" in parts else []
    ordered = {code: parts[code] for code in [*first, *parts]}
    known = {KNOWN: _("Known answer"), WHY: _("Why it is known to be right")}
    together = {code: _("Piece %(number)s, with others") % {"number": code[-1]} for code in PIECES[1:]}
    pieces = {PIECE: _("A piece of its own"), **together}
    return {
        **ordered,
        NAME: _("Name of the item"),
        GROUP: _("Group in results"),
        **known,
        **pieces,
        LEAVE: _("Leave out"),
    }


def is_split(mapping: Mapping[str, str]) -> bool:
    """Whether each row is a record that is shown in pieces only."""
    return bool(set(mapping.values()) & set(PIECES))


def shared_uses() -> frozenset[str]:
    """What several columns of a file may be used as together."""
    records = {column.code for declared in task_types().values() for column in declared.columns if column.record}
    return frozenset({LEAVE, "source", *records, *PIECES})


def fitting_types(mapping: Mapping[str, str]) -> frozenset[str]:
    """The task types whose required parts of an item are all filled by the mapping."""
    used = {"source" if use in PIECES else use for use in mapping.values()}
    needs = {code: {c.code for c in declared.columns if c.required} for code, declared in task_types().items()}
    return frozenset(code for code, parts in needs.items() if parts <= used)


NAME_WORDS = ("id", "name", "no", "nr", "number", "code", "title", "key")
KNOWN_WORDS, WHY_WORDS = ("known", "gold", "truth"), ("why", "reason", "because")
GROUP_WORDS = ("area", "group", "category", "district", "kind", "type")


def first_rows(upload: Upload) -> list[list[str]]:
    """The texts of the first rows of the file; none while it is in quarantine."""
    found = FirstRows.objects.filter(upload=upload).first()
    return list(found.rows) if found else []


def guessed_mapping(upload: Upload) -> dict[str, str]:
    """A proposal for a new file: as the batch it was copied from used these columns, else by names and lengths."""
    columns = list(upload.columns)
    if upload.kind == "files":
        return dict(zip(columns, (NAME, GROUP, "source"), strict=True))
    before = _earlier_mapping(upload.batch)
    if before and set(before) == set(columns):
        return before
    rows = first_rows(upload)
    lengths = {name: sum(len(row[at]) for row in rows) for at, name in enumerate(columns)}
    mapping = dict.fromkeys(columns, LEAVE)
    mapping[max(columns, key=lambda name: lengths[name])] = "source"
    for use, words in ((KNOWN, KNOWN_WORDS), (WHY, WHY_WORDS), (NAME, NAME_WORDS), (GROUP, GROUP_WORDS)):
        free = [name for name in columns if mapping[name] == LEAVE]
        hit = next((name for name in free if set(words) & set(re.split(r"[\W_]+", name.lower()))), None)
        if hit:
            mapping[hit] = use
    return mapping


def _earlier_mapping(batch: Batch) -> dict[str, str]:
    for source in (batch, batch.copy_of):
        earlier = source and source.uploads.exclude(mapping={}).order_by("-pk").first()
        if earlier:
            return dict(earlier.mapping)
    return {}
