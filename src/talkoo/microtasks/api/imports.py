"""Items of a batch: a file is sent, a job reads it, its state is asked for."""

import json
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from talkoo.access.bearer import Bearer, Calling
from talkoo.access.permissions import Permission
from talkoo.access.scopes import Scope
from talkoo.access.subject import Subject
from talkoo.lib.api.pages import Page, Paging, page_of
from talkoo.lib.api.texts import Text
from talkoo.lib.errors import Invalid
from talkoo.lib.quarantine import Harmful
from talkoo.microtasks.actions import uploads
from talkoo.microtasks.models import Upload, UploadState
from talkoo.microtasks.queries.batches import access_batch
from talkoo.microtasks.queries.uploads import access_upload, guessed_mapping, rejected_rows

router = Router()
WRITE = Bearer(Scope.BATCHES_WRITE)


class ImportOut(Schema):
    """A file of items and how far its reading has come."""

    filename: str = Field(examples=["letters.csv"])
    size: int = Field(description="In bytes.", examples=[182344])
    state: UploadState = Field(description="It is done when this is “ready” or “failed”.", examples=["reading"])
    columns: list[str] = Field(examples=[["no", "letter"]])
    mapping: dict[str, str] = Field(
        description="What each column is used as.", examples=[{"no": "name", "letter": "source"}]
    )
    bytes_read: int = Field(examples=[65536])
    rows_read: int = Field(examples=[1800])
    rows_rejected: int = Field(examples=[2])
    message: str = Field(description="Why it failed.", examples=[""])


class RejectedOut(Schema):
    """A line of the file that became no item, and why."""

    line: int = Field(examples=[17])
    reason: str = Field(examples=["“letter” is empty"])
    excerpt: str = Field(examples=["17,"])


class Rejected(Schema):
    items: list[RejectedOut]
    next: str | None


class FileIn(Schema):
    """What goes with the file."""

    mapping: Text = Field(
        "", max_length=20_000, examples=['{"no": "name", "letter": "source"}'],
        description="A JSON object: for each column what it is used as (source, name, group, leave, or another part of an"
        " item that the task type reads). Left out: guessed from the header.",
    )  # fmt: skip
    encoding: Text = Field("", max_length=20, description="Only where it is detected wrongly.", examples=[""])
    again: bool = Field(False, description="Use the file although the very same one was used before.", examples=[False])


@router.post(
    "/batches/{slug:code}/file", auth=WRITE, response={202: ImportOut}, operation_id="import_items",
    summary="Bring in items",
)  # fmt: skip
def post_file(
    request: Calling, response: HttpResponse, code: str, file: File[UploadedFile], said: Form[FileIn]
) -> Status[Upload]:
    """Send a file with a header and one item a row, for a draft. A job reads it: ask for the state until it is done.

    Reading starts in the same request. A file that cannot be read, or in which the scanner finds something, is refused and
    leaves nothing behind. Where the scanner does not answer, the state is “quarantine”: reading starts by itself later.
    """
    try:
        with transaction.atomic():
            upload = _received(request.subject, code, file, said)
    except Harmful as error:
        uploads.note_harmful(by=request.subject, code=code, error=error)
        raise
    response["Location"] = f"{request.path.rsplit('/', 1)[0]}/import"
    return Status(202, upload)


def _received(by: Subject, code: str, file: UploadedFile, said: FileIn) -> Upload:
    mapping = _mapping(said.mapping)
    upload = uploads.receive_upload(
        by=by, code=code, filename=file.name or "", chunks=file.chunks(), encoding=said.encoding
    )
    if said.again and not upload.accepted:
        upload = uploads.accept_upload(by=by, code=code)
    if upload.state == UploadState.QUARANTINE:
        return uploads.read_when_scanned(by=by, code=code, mapping=mapping)
    return uploads.start_reading(by=by, code=code, mapping=mapping or guessed_mapping(upload))


def _mapping(words: str) -> dict[str, str]:
    reason = _("Send a JSON object with a text for each column.")
    try:
        found = json.loads(words) if words.strip() else {}
    except (ValueError, RecursionError):
        raise Invalid(reason, _("Or leave the mapping out."), fields={"mapping": reason}) from None
    if not isinstance(found, dict) or not all(isinstance(use, str) for use in found.values()):
        raise Invalid(reason, _("Or leave the mapping out."), fields={"mapping": reason})
    return found


@router.get(
    "/batches/{slug:code}/import", auth=WRITE, response=ImportOut, operation_id="get_import",
    summary="How far the reading is",
)  # fmt: skip
def get_import(request: Calling, code: str) -> Upload:
    """The state of the last file of this batch."""
    return access_upload(access_batch(request.subject, code, Permission.BATCH_EDIT))


@router.get(
    "/batches/{slug:code}/import/rejected", auth=WRITE, response=Rejected, operation_id="list_rejected",
    summary="Rows left out",
)  # fmt: skip
def list_rejected(request: Calling, response: HttpResponse, code: str, paging: Query[Paging]) -> Page:
    """The rows of the file that became no item, in the order in which they were met."""
    upload: Any = access_upload(access_batch(request.subject, code, Permission.BATCH_EDIT))
    return page_of(rejected_rows(upload), paging, request=request, response=response, key="pk")
