"""Reading a file into tasks: looked through once from end to end, then stored in one transaction.

The first pass counts, and writes down what is rejected and how far it has come. The second copies all tasks at once,
so there is never half a file in a batch. Both can be stopped at any point and run again: every write is fenced by the
`run` of the upload, so a reading that was superseded notices at its next step and leaves without a trace.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.audit import actions as audit
from talkoo.lib.errors import Invalid
from talkoo.lib.tables import Reader, Rejected, Row
from talkoo.microtasks.actions.telling import tell_upload
from talkoo.microtasks.actions.uploads import clear_tasks
from talkoo.microtasks.models import Batch, BatchState, RejectedRow, Upload, UploadState
from talkoo.microtasks.queries.uploads import GROUP, LEAVE, NAME, path_of, shape_of
from talkoo.microtasks.task_types import task_types

STEP = 2000  # rows between two signs of progress
WORDS = 120  # characters of a name or group
REASON = 240
Tell = Callable[[Upload], None]

COPY = """
COPY microtasks_task (batch_id, number, pos, name, payload, "group", state, needed, active, done, surplus, closed,
                      differ, estimate) FROM STDIN
"""


class Superseded(Exception):
    """Another reading of the same file has begun, or the batch is a draft no more."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a row becomes."""

    line: int
    name: str
    group: str
    payload: dict[str, str]


def read_upload(*, upload: int, run: UUID, tell: Tell | None = None) -> None:
    """Read a file into the tasks of its draft, in place of those that were there. Run twice, it does no more than once.

    What is wrong with the file is kept on the upload as its message. `tell` is called after each step.
    """
    found = Upload.objects.select_related("batch").filter(pk=upload, run=run, state=UploadState.READING).first()
    if found is None:
        return
    try:
        _look_through(found, tell)
        _store(found, tell)
    except Superseded:
        return
    except Invalid as error:
        _fail(found, f"{error.message} {error.remedy}".strip())
    except FileNotFoundError:
        _fail(found, _("The file is no longer here. Upload it again."))
    except Exception:
        _fail(
            found, _("Something went wrong here, not with your file. Try again; if it stays, tell your administrator.")
        )
        raise


def items(upload: Upload, reader: Reader) -> Iterator[Item | Rejected]:
    """The rows of the file as items of the batch, or why one cannot be an item."""
    makers = _Maker(upload)
    for row in reader:
        yield makers.item(row) if isinstance(row, Row) else row


class _Maker:
    """Turns rows into items by the mapping of one upload."""

    def __init__(self, upload: Upload) -> None:
        self.columns: dict[str, list[str]] = {}
        for column in upload.columns:
            self.columns.setdefault(upload.mapping.get(column, LEAVE), []).append(column)
        parts = {column.code: column.required for declared in task_types().values() for column in declared.columns}
        self.parts = {code: required for code, required in parts.items() if code in self.columns}

    def item(self, row: Row) -> Item | Rejected:
        name, group = (self._words(row, use) for use in (NAME, GROUP))
        for use, words in ((NAME, name), (GROUP, group)):
            if len(words) > WORDS:
                reason = _("“%(column)s” is longer than %(most)d characters") % {
                    "column": self.columns[use][0],
                    "most": WORDS,
                }
                return Rejected(row.line, reason, words[:WORDS])
        payload = {code: self._text(row, code) for code in self.parts}
        for code, required in self.parts.items():
            if required and not payload[code]:
                reason = _("“%(column)s” is empty") % {"column": ", ".join(self.columns[code])}
                return Rejected(row.line, reason, " ".join(filter(None, row.cells.values()))[:WORDS])
        return Item(row.line, name, group, payload)

    def _words(self, row: Row, use: str) -> str:
        return " ".join(row.cells[self.columns[use][0]].split()) if use in self.columns else ""

    def _text(self, row: Row, code: str) -> str:
        """One column's text; of several columns each with its name above."""
        columns = self.columns[code]
        if len(columns) == 1:
            return row.cells[columns[0]].strip()
        return "\n\n".join(f"{column}:\n{text}" for column in columns if (text := row.cells[column].strip()))


# First pass


def _look_through(upload: Upload, tell: Tell | None) -> None:
    """Count, and write down what is rejected; raise Invalid where the file cannot be read or nothing is left."""
    rejected: list[RejectedRow] = []
    upload.rows_read = upload.rows_rejected = upload.bytes_read = 0
    _step(upload, rejected, tell, afresh=True)
    with Reader(path_of(upload), shape_of(upload)) as reader:
        for number, item in enumerate(items(upload, reader), 1):
            if isinstance(item, Rejected):
                upload.rows_rejected += 1
                rejected.append(
                    RejectedRow(upload=upload, line=item.line, reason=item.reason[:REASON], excerpt=item.excerpt)
                )
            else:
                upload.rows_read += 1
            if number % STEP == 0:
                upload.bytes_read = reader.consumed
                _step(upload, rejected, tell)
    upload.bytes_read = upload.size
    _step(upload, rejected, tell)
    if not upload.rows_read:
        raise Invalid(
            _("No row of the file can be used: each one was rejected."), _("See why below, and choose other columns.")
        )


def _step(upload: Upload, rejected: list[RejectedRow], tell: Tell | None, *, afresh: bool = False) -> None:
    """Write progress and empty `rejected` into the database; `afresh` clears what an earlier attempt left."""
    counts = {name: getattr(upload, name) for name in ("rows_read", "rows_rejected", "bytes_read")}
    with transaction.atomic():
        if not Upload.objects.filter(pk=upload.pk, run=upload.run).update(**counts, moved=timezone.now()):
            raise Superseded
        if afresh:
            upload.rejected.all().delete()
        RejectedRow.objects.bulk_create(rejected, batch_size=STEP)
    rejected.clear()
    if tell:
        tell(upload)


def _fail(upload: Upload, message: str) -> None:
    failed = {"state": UploadState.FAILED, "message": message, "moved": timezone.now()}
    with transaction.atomic():
        if Upload.objects.filter(pk=upload.pk, run=upload.run).update(**failed):
            facts = {"sha256": upload.sha256, "rejected": upload.rows_rejected}
            _record(upload, "reading-failed", **facts)
            upload.state = UploadState.FAILED
            tell_upload(upload)


# Second pass


def _store(upload: Upload, tell: Tell | None) -> None:
    with transaction.atomic():
        batch = Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=upload.batch_id)
        current = Upload.objects.select_for_update().filter(pk=upload.pk, run=upload.run).exists()
        if not current or batch.state != BatchState.DRAFT:
            raise Superseded
        _copy(upload, batch)
        batch.tasks_total = upload.rows_read
        batch.save(update_fields=["tasks_total"])
        upload.state, upload.moved = UploadState.READY, timezone.now()
        upload.save(update_fields=["state", "moved"])
        _record(upload, "read", tasks=upload.rows_read, rejected=upload.rows_rejected)
        tell_upload(upload)
    if tell:
        tell(upload)


def _copy(upload: Upload, batch: Batch) -> None:
    """All tasks of the file in one COPY, in place of those of an earlier reading."""
    needed = batch.least if batch.adaptive else batch.most
    word = batch.item_word[:1].upper() + batch.item_word[1:]
    clear_tasks(batch)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('microtasks_task_pos') FROM generate_series(1, %s)", [upload.rows_read])
        places = [row[0] for row in cursor.fetchall()]
        with Reader(path_of(upload), shape_of(upload)) as reader, cursor.copy(COPY) as copy:
            good = (item for item in items(upload, reader) if isinstance(item, Item))
            for number, (pos, item) in enumerate(zip(places, good, strict=True), 1):
                name = item.name or f"{word} {number}"
                payload = json.dumps(item.payload, ensure_ascii=False)
                copy.write_row(
                    (batch.pk, number, pos, name, payload, item.group, "open", needed, 0, 0, 0, "f", "f", "[]")
                )


def _record(upload: Upload, verb: str, **facts: object) -> None:
    """The job acts for nobody in particular: who asked for it is in the line of its start."""
    batch = upload.batch
    audit.record(
        by=None,
        action=f"microtasks.batch.{verb}",
        on=("batch", batch.code),
        organisation_id=batch.organisation_id,
        **facts,
    )
