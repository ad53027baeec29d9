"""Reading a file into tasks: looked through once from end to end, then stored in one transaction.

The first pass counts, and writes down what is rejected and how far it has come. The second copies all tasks at once,
so there is never half a file in a batch. Both can be stopped at any point and run again: every write is fenced by the
`run` of the upload, so a reading that was superseded notices at its next step and leaves without a trace.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.audit import actions as audit
from talkoo.lib import formats, postgres, wall
from talkoo.lib.errors import Invalid, NoRoom
from talkoo.lib.room import no_room, room_for
from talkoo.lib.tables import Rejected, Row, Table, open_table
from talkoo.microtasks.actions.items import Item, items
from talkoo.microtasks.actions.pictures import WEIGHT, forget_other_pictures, kept_pictures, naming, picture_of
from talkoo.microtasks.actions.telling import tell_upload
from talkoo.microtasks.actions.uploads import clear_tasks
from talkoo.microtasks.models import Batch, BatchState, Picture, RejectedRow, Upload, UploadState
from talkoo.microtasks.queries.pieces import pieces_each, usual_cap
from talkoo.microtasks.queries.uploads import is_split, path_of, shape_of
from talkoo.people.queries.readers import spoken_to

STEP = 2000  # rows between two signs of progress
BLOCK = 1000  # rows sent to the database at once
MOST_KNOWN = 5000  # items with a known answer
REASON = 240
ITEM_ROOM = 1000  # bytes of an item besides its text: its row, its places in indexes, and the log of both
REJECTED_KEPT = 10_000
Tell = Callable[[Upload], None]

ARRIVING = """
CREATE TEMPORARY TABLE arriving (number int, pos bigint, name text, payload text, "group" text, state text,
                                 needed smallint, closed boolean, record int, part smallint, label text) ON COMMIT DROP
"""
COPY = "COPY arriving FROM STDIN"
TAKE_IN = """
INSERT INTO microtasks_task (batch_id, number, pos, name, payload, "group", state, needed, active, done, surplus, closed,
                             differ, estimate)
SELECT %s, number, pos, CASE WHEN part > 0 THEN %s || ' ' || number ELSE name END, payload::jsonb, "group", state, needed, 0, 0, 0, closed, false, '[]' FROM arriving
ORDER BY number
"""
# Pieces get their numbers by lot, and are stored in the order of these: neither number, place nor id tells which belong
# together. The lot is that of the operating system, as a random UUID.
SHUFFLE = """
UPDATE arriving a SET number = s.n, pos = %s + s.n
FROM (SELECT ctid, row_number() OVER (ORDER BY gen_random_uuid()) AS n FROM arriving) s WHERE a.ctid = s.ctid
"""
PIECES_IN = """
INSERT INTO microtasks_piece (task_id, batch_id, record, part, label, name)
SELECT t.id, t.batch_id, a.record, a.part, a.label, a.name
FROM arriving a JOIN microtasks_task t ON t.batch_id = %s AND t.number = a.number ORDER BY a.number
"""
LAST_PLACE = "SELECT max(nextval('microtasks_task_pos')) FROM generate_series(1, %s)"


class Superseded(Exception):
    """Another reading of the same file has begun, or the batch is a draft no more."""


def read_upload(*, upload: int, run: UUID, tell: Tell | None = None) -> None:
    """Read a file into the tasks of its draft, in place of those that were there. Run twice, it does no more than once.

    What is wrong with the file is kept on the upload as its message, in the language of who uploaded it. `tell` is
    called after each step.
    """
    waiting = Upload.objects.select_related("batch", "by").filter(pk=upload, run=run, state=UploadState.READING)
    if found := waiting.first():
        with spoken_to(found.by), wall.opened(found.batch_id):
            _read(found, tell)


def _read(found: Upload, tell: Tell | None) -> None:
    try:
        _look_through(found, tell)
        _store(found, tell)
    except Superseded:
        return
    except (Invalid, NoRoom) as error:
        _fail(found, f"{error.message} {error.remedy}".strip())
    except FileNotFoundError:
        _fail(found, _("The file is no longer here. Upload it again."))
    except Exception as error:
        with suppress(OperationalError, InterfaceError):  # where the database is away, the page says that nothing moves
            _fail(found, _why(error))
        raise


def _why(error: Exception) -> str:
    """In words for the owner: it is not their file that stopped us."""
    if no_room(error):
        return " ".join(_no_room())
    return _("Something went wrong here, not with your file. Try again; if it stays, tell your administrator.")


def _no_room() -> tuple[str, str]:
    return (
        _("The server has no room left for these items. Your file is kept."),
        _("Tell your administrator, then try again."),
    )


def _check_room(upload: Upload) -> None:
    """Raise NoRoom before the items would fill the disk of the embedded database, on which everybody's work lies."""
    if not settings.EMBEDDED:
        return
    data = postgres.cluster(Path(settings.VAR) / "postgres").data
    if not room_for(data, upload.rows_read * ITEM_ROOM + upload.size):
        raise NoRoom(*_no_room())


# First pass


def _look_through(upload: Upload, tell: Tell | None) -> None:
    """Count, keep the pictures, and write down what is rejected.

    Raises Invalid where the file cannot be read or nothing is left.
    """
    rejected: list[RejectedRow] = []
    pictures: list[Picture] = []
    upload.rows_read = upload.rows_rejected = upload.bytes_read = 0
    _step(upload, rejected, pictures, tell, afresh=True)
    with open_table(path_of(upload), shape_of(upload), pictures=True) as table:
        for number, item in enumerate(items(upload, _kept_pictures(upload, table, pictures)), 1):
            if isinstance(item, Rejected):
                upload.rows_rejected += 1
                if upload.rows_rejected <= REJECTED_KEPT:
                    rejected.append(_kept(upload, item))
            else:
                upload.rows_read += 1
            if number % STEP == 0 or sum(len(picture.content) for picture in pictures) > WEIGHT:
                upload.bytes_read = min(table.consumed, upload.size)
                _step(upload, rejected, pictures, tell)
            if number > settings.BATCH_MOST_ROWS:
                raise Invalid(*_too_many())
    upload.bytes_read = upload.size
    _step(upload, rejected, pictures, tell)
    if not upload.rows_read:
        raise Invalid(
            _("No row of the file can be used: each one was rejected."), _("See why below, and choose other columns.")
        )


def _kept_pictures(upload: Upload, table: Table, pictures: list[Picture]) -> Iterator[Row | Rejected]:
    """The rows, while their pictures are laid aside to be stored."""
    for row in table:
        if isinstance(row, Row) and row.picture:
            pictures.append(picture_of(upload, row))
        yield row


def _kept(upload: Upload, row: Rejected) -> RejectedRow:
    return RejectedRow(upload=upload, line=row.line, reason=row.reason[:REASON], excerpt=row.excerpt)


def _too_many() -> tuple[str, str]:
    most = {"most": formats.number(settings.BATCH_MOST_ROWS)}
    return (
        _("The file has more than %(most)s rows, and a batch takes no more.") % most,
        _("Split it, and make several batches."),
    )


def _step(
    upload: Upload, rejected: list[RejectedRow], pictures: list[Picture], tell: Tell | None, *, afresh: bool = False
) -> None:
    """Write progress and empty both lists into the database; `afresh` clears what an earlier attempt left."""
    counts = {name: getattr(upload, name) for name in ("rows_read", "rows_rejected", "bytes_read")}
    with transaction.atomic():
        if not Upload.objects.filter(pk=upload.pk, run=upload.run).update(**counts, moved=timezone.now()):
            raise Superseded
        if afresh:
            upload.rejected.all().delete()
            Picture.objects.filter(upload=upload).delete()
        Picture.objects.bulk_create(pictures)
        RejectedRow.objects.bulk_create(rejected, batch_size=STEP)
    rejected.clear()
    pictures.clear()
    if tell:
        tell(upload)


def _fail(upload: Upload, message: str) -> None:
    failed = {"state": UploadState.FAILED, "message": message, "moved": timezone.now()}
    with transaction.atomic():
        if Upload.objects.filter(pk=upload.pk, run=upload.run).update(**failed):
            facts = {"sha256": upload.sha256, "rejected": upload.rows_rejected}
            _record(upload, "reading-failed", **facts)
            Picture.objects.filter(upload=upload).delete()
            upload.state = UploadState.FAILED
            tell_upload(upload)


# Second pass


def _store(upload: Upload, tell: Tell | None) -> None:
    with transaction.atomic():
        batch = Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=upload.batch_id)
        current = Upload.objects.select_for_update().filter(pk=upload.pk, run=upload.run).exists()
        if not current or batch.state != BatchState.DRAFT:
            raise Superseded
        known = _copy(upload, batch)
        forget_other_pictures(upload)
        batch.tasks_total, batch.controls_added, batch.practice_added = upload.rows_read - known, known, 0
        if batch.records and (batch.cap_person is None or batch.cap_person >= pieces_each(batch)):
            batch.cap_person = usual_cap(
                batch
            )  # one of other pieces, or of the batch this was copied from, is none here
        kept = ["tasks_total", "controls_added", "practice_added", "records", "cap_person"]
        batch.save(update_fields=kept)
        upload.state, upload.moved = UploadState.READY, timezone.now()
        upload.save(update_fields=["state", "moved"])
        _record(upload, "read", tasks=upload.rows_read, rejected=upload.rows_rejected)
        tell_upload(upload)
    if tell:
        tell(upload)


def _copy(upload: Upload, batch: Batch) -> int:
    """All tasks of the file in one COPY, in place of those of an earlier reading. Returns how many have a known answer.

    The COPY goes to a table of this transaction's own: PostgreSQL copies into none that has row-level security.
    """
    _check_room(upload)
    clear_tasks(batch)
    kept = kept_pictures(upload)
    known: list[tuple[int, Item]] = []
    with connection.cursor() as cursor:
        cursor.execute(LAST_PLACE, [upload.rows_read])
        before = cursor.fetchone()[0] - upload.rows_read
        cursor.execute(ARRIVING)
        with open_table(path_of(upload), shape_of(upload)) as table, cursor.copy(COPY) as copy:
            found = items(upload, naming(kept, table) if upload.kind == "files" else table)
            lines = _lines(batch, before, found, known)
            stored = 0
            while block := list(islice(lines, BLOCK)):
                stored += len(block)
                copy.write("".join(block).encode())
        batch.records = _take_in(cursor, batch, before, split=is_split(upload.mapping))
    if stored != upload.rows_read:
        raise Invalid(_("The file changed while it was read."), _("Upload it again."))
    _keep_known(batch, known)
    return len(known)


def _take_in(cursor: Any, batch: Batch, before: int, *, split: bool) -> int:
    """What arrived becomes tasks; of how many records they are pieces, 0 where they are whole."""
    if split:
        cursor.execute(SHUFFLE, [before])
    cursor.execute(TAKE_IN, [batch.pk, _called(batch)])
    records = 0
    if split:
        cursor.execute(PIECES_IN, [batch.pk])
        cursor.execute("SELECT max(record) FROM arriving")
        (records,) = cursor.fetchone()
    cursor.execute("DROP TABLE arriving")
    return records


def _called(batch: Batch) -> str:
    return batch.item_word[:1].upper() + batch.item_word[1:]


def _lines(batch: Batch, before: int, found: Iterator[Item | Rejected], known: list[tuple[int, Item]]) -> Iterator[str]:
    """The lines of the COPY: text format, in which the backslash is the only sign of ours that has to be written twice.

    Items with a known answer are gathered in `known`. Names and groups are words with single spaces between
    them, and JSON writes line ends and tabs as \\n and \\t.
    """
    word, record, line = _called(batch), 0, 0
    encode = json.JSONEncoder(ensure_ascii=False).encode
    needed = batch.least if batch.adaptive else batch.most
    plain, control = (f"{words}" for words in (f"open\t{needed}\tf", f"control\t{needed}\tt"))
    good = (item for item in found if isinstance(item, Item))
    for number, item in enumerate(good, 1):
        name = item.name if item.part else item.name or f"{word} {number}"
        words = f"{name}\t{encode(item.payload)}\t{item.group}"
        if "\\" in words:
            words = words.replace("\\", "\\\\")
        label = item.label.replace("\\", "\\\\")
        if item.known:
            known.append((number, item))
            if len(known) > MOST_KNOWN:
                raise Invalid(
                    _("More than %(most)s items have a known answer.") % {"most": MOST_KNOWN},
                    remedy=_("Two hundred measure as well as any number: take some away."),
                )
        record += item.part > 0 and item.line != line
        line = item.line
        yield f"{number}\t{before + number}\t{words}\t{control if item.known else plain}\t{record}\t{item.part}\t{label}\n"


def _keep_known(batch: Batch, known: list[tuple[int, Item]]) -> None:
    """Known answers stand apart from the items, which contributors are shown."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO microtasks_knownanswer (task_id, batch_id, text, why, practice, at)"
            " SELECT t.id, t.batch_id, n.text, n.why, false, now()"
            " FROM unnest(%s::int[], %s::text[], %s::text[]) AS n (number, text, why)"
            " JOIN microtasks_task t ON t.batch_id = %s AND t.number = n.number",
            [[n for n, _item in known], [item.known for _n, item in known], [item.why for _n, item in known], batch.pk],
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
