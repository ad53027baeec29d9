"""`talkoo import FILE` and `talkoo export BATCH`: what operators and scripts do without a browser.

An import is what the builder does, by the same actions, in the name of its owner. Stopped half-way it leaves a draft
without items; called again with the same words it takes that draft up, and one that is whole already is left alone.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talkoo.access.subject import Subject
from talkoo.lib.errors import DomainError, Invalid
from talkoo.lib.numbers import decimal, whole
from talkoo.microtasks.export_cli import add_arguments as export_arguments
from talkoo.microtasks.export_cli import run as export_batch
from talkoo.microtasks.protection_cli import add_arguments as protection_arguments
from talkoo.microtasks.protection_cli import state

if TYPE_CHECKING:
    from talkoo.microtasks.models import Batch, Upload

__all__ = ["export_arguments", "export_batch", "import_arguments", "import_file"]
CHUNK = 1 << 20
RECORDS = ("record", "left_record", "right_record")
SHOWN = 20  # rejected rows that are printed


def import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, help="a table (CSV, .xlsx, JSON Lines, data package), or a ZIP of pictures or plain texts"
    )
    parser.add_argument("--owner", required=True, metavar="EMAIL", help="who owns the batch")
    parser.add_argument("--organisation", required=True, metavar="CODE|NAME", help="organisation that asks")
    parser.add_argument("--title", required=True)
    parser.add_argument("--summary", default="", help="what people will do, in one sentence")
    parser.add_argument("--item", default="item", metavar="WORD", help="what one item is called (default: item)")
    parser.add_argument(
        "--type", default="choice", dest="kind", help="choice (default), or the folder of another task type"
    )
    parser.add_argument("--question", required=True)
    parser.add_argument("--help-text", default="", metavar="TEXT", help="words under the question")
    parser.add_argument(
        "--option", action="append", default=[], help="an answer of a choice, or an option to rank; repeat for each"
    )
    parser.add_argument("--several", action="store_true", help="more than one answer may be chosen")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="another setting of the task type"
    )
    parser.add_argument("--source", action="append", default=[], metavar="COLUMN", help="column that people read")
    parser.add_argument("--left", metavar="COLUMN", help="first text of a pair")
    parser.add_argument("--right", metavar="COLUMN", help="second text of a pair")
    for record in (use.replace("_", "-") for use in RECORDS):
        parser.add_argument(
            f"--{record}", action="append", default=[], metavar="COLUMN", help=f"field of the {record}; repeat"
        )
    parser.add_argument("--name", metavar="COLUMN", help="column with the names of the items")
    parser.add_argument("--group", metavar="COLUMN", help="column to group results by")
    parser.add_argument(
        "--language", default="", metavar="TAG", help="of the items and the question, such as sv or pt-BR"
    )
    parser.add_argument("--encoding", default="", help="utf-8-sig, utf-16, cp1252 or latin-1 (default: found out)")
    protection_arguments(parser)
    parser.add_argument("--open", action="store_true", dest="opens", help="open the batch when it is read")


def import_file(arguments: argparse.Namespace) -> int:
    """Make the batch; prints its code last, alone on its line of standard output."""
    from talkoo.microtasks.actions.batch_states import move_batch
    from talkoo.microtasks.actions.batches import edit_question
    from talkoo.microtasks.models import BatchState

    by, organisation = _owner(arguments.owner), _organisation(arguments.organisation)
    batch, whole = _draft(by, organisation, arguments)
    if not whole:
        config = _config(arguments)
        edit_question(
            by=by, code=batch.code, kind=arguments.kind, question=arguments.question, help=arguments.help_text,
            config=config, ask_sure=True,
        )  # fmt: skip
        _read(by, batch.code, arguments)
        batch.refresh_from_db()
        state(by, batch, arguments)
    if arguments.opens and batch.state == BatchState.DRAFT:
        move_batch(by=by, code=batch.code, verb="open")
    print(batch.code)
    return 0


def _owner(email: str) -> Subject:
    from talkoo.access.deciding import at_best
    from talkoo.people.models import Person
    from talkoo.people.queries import subject_of

    person = Person.objects.filter(email__iexact=email, is_active=True).first()
    if person is None:
        raise Invalid(
            f"Nobody here has the address {email}.", remedy="Invite the person, or look for a slip of the pen."
        )
    return at_best(subject_of(person))  # whoever has a shell here reads the database: rules about the place end there


def _organisation(name: str) -> int:
    from django.db.models import Q

    from talkoo.people.models import Organisation

    found = list(Organisation.objects.filter(Q(code=name) | Q(name__iexact=name)).values_list("pk", flat=True)[:2])
    if len(found) != 1:
        how = "Several organisations are" if found else "No organisation is"
        raise Invalid(f"{how} called {name!r}.", remedy="Give its code: it is in the address of its page.")
    return found[0]


def _draft(by: Subject, organisation: int, arguments: argparse.Namespace) -> "tuple[Batch, bool]":
    """The batch to fill, and whether it is whole already: one of the same owner, title and file is taken up again."""
    from talkoo.microtasks.actions.batch_states import discard_draft
    from talkoo.microtasks.actions.batches import create_draft
    from talkoo.microtasks.actions.uploads import accept_upload, receive_upload

    batch, held = _begun(by, arguments)
    if batch and held:
        whole = batch.tasks_total > 0
        _say(
            "This file was imported under this title already." if whole else "Going on with an import that was stopped."
        )
        return batch, whole
    about = {
        "title": arguments.title,
        "summary": arguments.summary,
        "item_word": arguments.item,
        "language": arguments.language,
    }
    batch = batch or create_draft(by=by, organisation_id=organisation, **about)
    try:
        chunks, encoding = _chunks(arguments.file), arguments.encoding
        _check_scanned(
            receive_upload(by=by, code=batch.code, filename=arguments.file.name, chunks=chunks, encoding=encoding)
        )
    except DomainError:
        discard_draft(by=by, code=batch.code)
        raise
    accept_upload(by=by, code=batch.code)
    return batch, False


def _check_scanned(upload: "Upload") -> None:
    from talkoo.microtasks.models import UploadState

    if upload.state == UploadState.QUARANTINE:
        raise Invalid("The scanner of files does not answer.", remedy="Look at TALKOO_CLAMD, then call this again.")


def _begun(by: Subject, arguments: argparse.Namespace) -> "tuple[Batch | None, bool]":
    """A batch that an earlier call began, and whether it has the file already."""
    from talkoo.microtasks.models import BatchState
    from talkoo.microtasks.queries.batches import my_batches

    digest = hashlib.sha256()
    for chunk in _chunks(arguments.file):
        digest.update(chunk)
    mine = my_batches(by).filter(title=arguments.title).order_by("-pk")
    same = mine.filter(uploads__sha256=digest.hexdigest()).first()
    return same or mine.filter(state=BatchState.DRAFT, uploads__isnull=True).first(), same is not None


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.", remedy="Look at the name of the file.") from None


def _config(arguments: argparse.Namespace) -> dict[str, Any]:
    """Settings of the task type from --option, --several and --set; whole numbers and yes/no are told by their look."""
    words = {"true": True, "yes": True, "false": False, "no": False}
    config: dict[str, Any] = {}
    if arguments.kind == "choice":
        config = {"options": arguments.option, "several": arguments.several}
    elif arguments.option:
        config = {"options": arguments.option}
    for setting in arguments.set:
        name, equals, value = setting.partition("=")
        if not equals:
            raise Invalid(f"--set {setting}: say NAME=VALUE.", remedy="For example --set high=5.")
        number = whole(value)
        config[name] = words.get(value.lower(), decimal(value) or value) if number is None else number
    return config


def _mapping(arguments: argparse.Namespace, columns: list[str]) -> dict[str, str]:
    """What each column is used as. Without --source, the only column of the file is the source."""
    named = [("source", name) for name in arguments.source]
    named += [(use, name) for use in RECORDS for name in getattr(arguments, use)]
    named += [(use, name) for use in ("left", "right", "name", "group") if (name := getattr(arguments, use))]
    if not named and len(columns) == 1:
        named = [("source", columns[0])]
    for use, name in named:
        if name not in columns:
            known = ", ".join(columns)
            raise Invalid(f"--{use} {name}: the file has no such column.", remedy=f"Its columns are: {known}.")
    return {name: use for use, name in named}


def _read(by: Subject, code: str, arguments: argparse.Namespace) -> None:
    from talkoo.microtasks.actions.reading import read_upload
    from talkoo.microtasks.actions.uploads import start_reading
    from talkoo.microtasks.models import Batch, UploadState
    from talkoo.microtasks.queries.uploads import access_upload

    batch = Batch.objects.get(code=code)
    mapping = _mapping(arguments, access_upload(batch).columns)
    upload = start_reading(by=by, code=code, mapping=mapping, defer=False)
    assert upload.run is not None
    read_upload(upload=upload.pk, run=upload.run, tell=_tell)
    print(file=sys.stderr)
    upload.refresh_from_db()
    for row in upload.rejected.all()[:SHOWN]:
        _say(f"  line {row.line}: {row.reason}")
    if upload.rows_rejected > SHOWN:
        _say(f"  … and {upload.rows_rejected - SHOWN:,} more; all of them are listed on the page of the batch.")
    if upload.state != UploadState.READY:
        raise Invalid(f"{arguments.file.name} was not read. {upload.message}")
    _say(f"{upload.rows_read:,} items read, {upload.rows_rejected:,} rows left out.")


def _tell(upload: "Upload") -> None:
    share = 100 * upload.bytes_read // max(upload.size, 1)
    where = f"\r{share:3} % · {upload.rows_read:,} rows" + (
        f", {upload.rows_rejected:,} left out" if upload.rows_rejected else ""
    )
    print(where, end="", file=sys.stderr, flush=True)


def _say(words: str) -> None:
    print(words, file=sys.stderr)
