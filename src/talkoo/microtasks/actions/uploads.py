"""Receiving a file of items and saying what its columns are."""

import hashlib
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.lib import quarantine
from talkoo.lib.errors import Conflict, Invalid, NoRoom
from talkoo.lib.pictures import is_picture
from talkoo.lib.room import no_room, room_for
from talkoo.lib.scanning import Unanswered
from talkoo.lib.tables import ENCODINGS, OBJECT, Row, Shape, inspect, open_table
from talkoo.lib.tables.packed import packing
from talkoo.microtasks.actions.batches import DRAFT, log, own_batch
from talkoo.microtasks.models import Batch, FirstRows, Sensitivity, Upload, UploadState
from talkoo.microtasks.queries.batches import access_batch
from talkoo.microtasks.queries.redaction import check_idle
from talkoo.microtasks.queries.uploads import (
    GROUP,
    KNOWN,
    LEAVE,
    NAME,
    PIECES,
    WHY,
    access_upload,
    fitting_types,
    folder,
    is_split,
    path_of,
    same_file,
    shared_uses,
    uses,
)

SAMPLE_ROWS = 5
SAMPLE_CELL = 300
ORPHAN_SECONDS = 86_400
STORED = ".csv"  # whatever it holds: the ending tells sweeping what is ours, and nothing is served by name
READ = "talkoo.microtasks.jobs.read"
SCAN = "talkoo.microtasks.jobs.scan"
SOON = 15  # seconds until a scanner that did not answer is asked again


def receive_upload(*, by: Subject, code: str, filename: str, chunks: Iterable[bytes], encoding: str = "") -> Upload:
    """Store a file for a draft, have it scanned, and look at its header and first rows.

    The bytes go to the upload folder as they come, under a random name. A file that cannot be read is refused
    (Invalid, from lib.tables, with line and remedy) and leaves nothing behind; so does one in which the scanner finds
    something (Harmful, see `note_harmful`). Where the scanner does not answer, the file stays in quarantine, unread.
    `encoding` overrides what is detected.
    """
    check_scannable(access_batch(by, code, Permission.BATCH_EDIT))
    filename = _plain(filename)
    if encoding and encoding not in ENCODINGS:
        raise Invalid(_("There is no such encoding in the list."), fields={"encoding": _("Choose one of the list.")})
    with _stored(_packed_picture(filename, chunks)) as (path, sha256):
        upload = Upload(by_id=by.author_id, filename=filename, stored_as=path.name, sha256=sha256)
        rows: list[list[str]] = []
        if _scanned(by, code, upload):
            rows = describe(upload, encoding)
        else:
            upload.state, upload.encoding, upload.size = UploadState.QUARANTINE, encoding, path.stat().st_size
        with transaction.atomic():
            upload.batch = own_batch(by=by, code=code, states=DRAFT)
            forget_files(upload.batch)
            upload.save()
            upload.accepted = not same_file(by, upload).exists()
            upload.save(update_fields=["accepted"])
            keep_rows(upload, rows)
            log(by, upload.batch, "file-received", sha256=sha256, kind=upload.kind, size=upload.size,
                columns=len(upload.columns), scanned=upload.scanned is not None)  # fmt: skip
            if upload.state == UploadState.QUARANTINE:
                app.configure_task(SCAN, schedule_in={"seconds": SOON}).defer(upload=upload.pk)
    return upload


def check_scannable(batch: Batch) -> None:
    """Raise Invalid where a file of this batch has to be scanned and nothing here scans it."""
    if batch.sensitivity > Sensitivity.INTERNAL and not quarantine.connected():
        reason = _("Files for confidential or restricted items must be scanned, and no scanner is connected here.")
        remedy = _("Ask your administrator to connect one (TALKOO_CLAMD). The file was not kept.")
        raise Invalid(reason, remedy, fields={"file": reason})


def _scanned(by: Subject, code: str, upload: Upload) -> bool:
    """Whether anything may open the file by now: it was found clean, or nothing scans here. Raises Harmful."""
    try:
        if quarantine.look(path_of(upload)):
            upload.scanned = timezone.now()
    except Unanswered:
        return False
    except quarantine.Harmful as error:
        error.sha256 = upload.sha256
        note_harmful(by=by, code=code, error=error)
        raise
    return True


def note_harmful(*, by: Subject, code: str, error: quarantine.Harmful) -> None:
    """Write down that a file was refused. `receive_upload` does it; who calls that in a transaction does it again, since
    theirs is undone."""
    batch = access_batch(by, code, Permission.BATCH_EDIT)
    log(by, batch, "file-harmful", found=error.found, sha256=error.sha256)


def _packed_picture(filename: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """One picture by itself is a file of one item."""
    coming = iter(chunks)
    first = next(coming, b"")
    return packing([(filename, chain([first], coming))]) if is_picture(first) else chain([first], coming)


def describe(upload: Upload, encoding: str = "", sheet: str = "") -> list[list[str]]:
    """Open the file for the first time, say what is in it and return its first rows. Raises Invalid where it cannot be
    read."""
    path = path_of(upload)
    shape = inspect(path, encoding, sheet)
    rows = _sample(path, shape)
    upload.kind, upload.sheet, upload.sheets, upload.size = shape.kind, shape.sheet, list(shape.sheets), shape.size
    upload.encoding, upload.delimiter = shape.encoding, shape.delimiter
    upload.columns = list(shape.columns)
    return rows


def keep_rows(upload: Upload, rows: list[list[str]]) -> None:
    """The first rows of a file, beside it: they are of the data, so they stand behind the second wall."""
    FirstRows.objects.update_or_create(upload=upload, defaults={"rows": rows})


def choose_sheet(*, by: Subject, code: str, sheet: str) -> Upload:
    """Take another sheet of the workbook than the one that was taken at first: an upload of the same file, not read yet.
    Who sent it stays its sender.

    Raises Invalid where the file has no such sheet or it cannot be read; then the sheet of before stays.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code, states=DRAFT)
        before = access_upload(batch)
        if sheet not in before.sheets:
            raise Invalid(_("There is no such sheet."), fields={"sheet": _("Choose one of the list.")})
        if not path_of(before).exists():
            raise Conflict(_("The file is no longer here."), remedy=_("Upload it again."))
        upload = Upload(
            batch=batch, by_id=before.by_id, filename=before.filename, stored_as=before.stored_as,
            sha256=before.sha256, accepted=before.accepted, scanned=before.scanned,
        )  # fmt: skip
        rows = describe(upload, sheet=sheet)
        upload.save()
        keep_rows(upload, rows)
        log(by, batch, "sheet-chosen", sha256=upload.sha256, columns=len(upload.columns))
    return upload


def _plain(filename: str) -> str:
    """The last part of the name as the browser sent it, fit to be shown."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in name if letter.isprintable())[-200:] or _("file")


@contextmanager
def _stored(chunks: Iterable[bytes]) -> Iterator[tuple[Path, str]]:
    """Write to the upload folder while hashing; taken away again unless the block ends well."""
    folder().mkdir(parents=True, exist_ok=True)
    path, digest = folder() / f"{secrets.token_hex(20)}{STORED}", hashlib.sha256()
    try:
        with path.open("xb") as file:
            for chunk in _bounded(chunks):
                digest.update(chunk)
                file.write(chunk)
        yield path, digest.hexdigest()
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError) and no_room(error):
            raise _no_room() from error
        raise


def _no_room() -> NoRoom:
    return NoRoom(
        _("There is no room for this file on the server, and nothing of it was kept."),
        _("Tell your administrator, and send it again when there is room."),
    )


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    size, most = 0, settings.UPLOAD_MAX_BYTES
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            words = {"most": most // 1_000_000}
            raise Invalid(
                _("The file is larger than %(most)d MB.") % words,
                remedy=_("Split it, or leave out columns that nobody reads."),
            )
        if not room_for(folder(), len(chunk)):
            raise _no_room()
        yield chunk


def _sample(path: Path, shape: Shape) -> list[list[str]]:
    with open_table(path, shape) as table:
        found = list(islice(table, SAMPLE_ROWS * 4))
    if not found:
        raise Invalid(_("The file has a header, but no row below it."), remedy=_("Choose another file."))
    good = [row for row in found if isinstance(row, Row)]
    return [
        [_("a picture") if cell == OBJECT else cell[:SAMPLE_CELL] for cell in row.cells] for row in good[:SAMPLE_ROWS]
    ]


def forget_files(batch: Batch) -> None:
    """Delete the stored files of a batch once the transaction is through; what was read stays in its tasks."""
    paths = [path_of(upload) for upload in batch.uploads.all()]

    def unlink() -> None:
        for path in paths:
            path.unlink(missing_ok=True)

    transaction.on_commit(unlink)


def sweep_files() -> int:
    """Delete files that no upload names: what a process left that was killed while receiving. Returns how many.

    A file of the last day may still be on its way in, so it stays.
    """
    kept = set(Upload.objects.values_list("stored_as", flat=True))
    long_ago = time.time() - ORPHAN_SECONDS
    orphans = [
        path for path in folder().glob(f"*{STORED}") if path.name not in kept and path.stat().st_mtime < long_ago
    ]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def clear_tasks(batch: Batch) -> None:
    """Delete the tasks of a draft and their known answers: nothing else hangs on them yet."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM microtasks_knownanswer WHERE batch_id = %s", [batch.pk])
        cursor.execute("DELETE FROM microtasks_piece WHERE batch_id = %s", [batch.pk])
        cursor.execute("DELETE FROM microtasks_task WHERE batch_id = %s", [batch.pk])


def accept_upload(*, by: Subject, code: str) -> Upload:
    """Say that a file seen before is meant to be used again."""
    with transaction.atomic():
        batch = own_batch(by=by, code=code, states=DRAFT)
        upload = access_upload(batch)
        upload.accepted = True
        upload.save(update_fields=["accepted"])
        log(by, batch, "same-file-accepted", sha256=upload.sha256)
    return upload


def start_reading(*, by: Subject, code: str, mapping: Mapping[str, str], defer: bool = True) -> Upload:
    """Say what the columns are used as, and have the file read into tasks by a job (`defer` False: by the caller).

    A reading that still runs is superseded. Raises Invalid naming the column, Conflict for a file seen before that
    was not accepted, or that is gone, and while the items are being redacted.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code, states=DRAFT)
        check_idle(batch)
        upload = Upload.objects.select_for_update().get(pk=access_upload(batch).pk)
        _check_accepted(upload)
        if not path_of(upload).exists():
            raise Conflict(_("The file is no longer here."), remedy=_("Upload it again."))
        if upload.state == UploadState.QUARANTINE:
            raise Conflict(
                _("The file waits to be scanned, and is not read before."), remedy=_("Look again in some minutes.")
            )
        begin_reading(upload, mapping, defer=defer)
        used = sum(use != LEAVE for use in upload.mapping.values())
        log(by, batch, "reading-started", sha256=upload.sha256, used=used)
    return upload


def _check_accepted(upload: Upload) -> None:
    if not upload.accepted:
        raise Conflict(_("This file was uploaded before."), remedy=_("Say first that you want to use it again."))


def begin_reading(upload: Upload, mapping: Mapping[str, str], *, defer: bool = True) -> None:
    """Of an upload that is locked: whoever asked for it was let in. Raises Invalid naming the column."""
    check_mapping(upload, mapping)
    upload.mapping = {column: mapping.get(column, LEAVE) for column in upload.columns}
    upload.state, upload.run, upload.moved = UploadState.READING, uuid4(), timezone.now()
    upload.bytes_read = upload.rows_read = upload.rows_rejected = 0
    upload.message = ""
    upload.save()
    upload.rejected.all().delete()
    if defer:
        app.configure_task(READ).defer(upload=upload.pk, run=str(upload.run))


def read_when_scanned(*, by: Subject, code: str, mapping: Mapping[str, str]) -> Upload:
    """Have a file that waits in quarantine read as soon as it is let out; an empty mapping is guessed then.

    Raises Conflict for a file seen before that was not accepted.
    """
    with transaction.atomic():
        upload = access_upload(own_batch(by=by, code=code, states=DRAFT))
        _check_accepted(upload)
        upload.mapping, upload.run = dict(mapping), uuid4()
        upload.save(update_fields=["mapping", "run"])
        log(by, upload.batch, "reading-wanted", sha256=upload.sha256)
    return upload


def check_mapping(upload: Upload, mapping: Mapping[str, str]) -> None:
    """Raise Invalid where a use is unknown, given twice where only one column can have it, or where nothing is read."""
    fields: dict[str, str] = {}
    known, shared = uses(), shared_uses()
    for at, column in enumerate(upload.columns):
        use = mapping.get(column, LEAVE)
        earlier = [name for name in upload.columns[:at] if mapping.get(name, LEAVE) == use]
        if use not in known:
            fields[column] = _("Choose one of the list.")
        elif earlier and use not in shared:
            words = {"use": known[use], "other": earlier[0]}
            fields[column] = _("“%(other)s” is used as “%(use)s” already.") % words
    if is_split(mapping):
        fields |= _beside_pieces(upload, mapping)
    if not fields and not fitting_types(mapping):
        named = {NAME, GROUP, KNOWN, WHY, LEAVE, *PIECES}
        what = " · ".join(label for code, label in known.items() if code not in named)
        reason = _("Say which column people read. There are: %(what)s.") % {"what": what}
        fields[next(iter(upload.columns))] = reason
    if fields:
        raise Invalid(_("The columns cannot be used like this."), remedy=_("Look at what is marked."), fields=fields)


def _beside_pieces(upload: Upload, mapping: Mapping[str, str]) -> dict[str, str]:
    """What would tie pieces together, or is no piece: beside pieces a column is a name that its owner alone sees, or left."""
    if upload.kind == "files":
        return {upload.columns[0]: _("Pictures and files cannot be split. Use a table.")}
    reason = _("Beside pieces a column can only be a piece, the name of the record, which you alone see, or left out.")
    return {column: reason for column in upload.columns if mapping.get(column, LEAVE) not in {*PIECES, NAME, LEAVE}}
