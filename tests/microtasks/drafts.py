"""Drafts and files of items, made through the actions that people use."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils import timezone
from PIL import Image

from talkoo.access.subject import Subject
from talkoo.microtasks.actions import data_check, protection, reading, uploads
from talkoo.microtasks.actions.batches import create_draft, edit_question
from talkoo.microtasks.models import Batch, Upload

LETTERS = "letter_no,text,area\nL1,The bus is late,Harbour\nL2,The light is out,Hill\nL3,Trees please,Harbour\n"
MAPPING = {"letter_no": "name", "text": "source", "area": "group"}


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), colour: str = "teal", **more: Any) -> bytes:
    """A small picture as a file."""
    held = io.BytesIO()
    Image.new("RGB", size, colour).save(held, kind, **more)
    return held.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def chunks(content: str | bytes) -> list[bytes]:
    return [content.encode() if isinstance(content, str) else content]


def draft(by: Subject, organisation_id: int, title: str = "Letters") -> Batch:
    return create_draft(by=by, organisation_id=organisation_id, title=title, item_word="letter")


def upload(
    by: Subject, batch: Batch, content: str | bytes = LETTERS, name: str = "letters.csv", encoding: str = ""
) -> Upload:
    return uploads.receive_upload(by=by, code=batch.code, filename=name, chunks=chunks(content), encoding=encoding)


def read(by: Subject, batch: Batch, mapping: dict[str, str] | None = None) -> Upload:
    """Have the latest file of a batch read at once, as the job would."""
    begun = uploads.start_reading(by=by, code=batch.code, mapping=MAPPING if mapping is None else mapping, defer=False)
    assert begun.run is not None
    reading.read_upload(upload=begun.pk, run=begun.run)
    begun.refresh_from_db()
    return begun


def ready_draft(by: Subject, organisation_id: int, title: str = "Letters") -> Batch:
    """A draft with three letters and a question: all it needs to open."""
    batch = draft(by, organisation_id, title)
    done = upload(by, batch, f"{LETTERS}L4,Letter of {title},Hill\n")
    assert done.accepted
    read(by, batch)
    return edit_question(
        by=by, code=batch.code, kind="choice", question="What is it about?", help="Choose one.",
        config={"options": ["Traffic", "Light", "Trees"]}, ask_sure=True,
    )  # fmt: skip


def scanned(batch: Batch) -> None:
    """As if a scanner had looked at the file: what is more than internal needs that."""
    batch.uploads.update(scanned=timezone.now())


def stored(batch: Batch) -> list[Path]:
    """The files that lie in the upload folder for a batch."""
    return [path for entry in batch.uploads.all() if (path := uploads.path_of(entry)).exists()]


PROTECTION = {
    "contact": "dpo@test.example", "purpose": "Sorting letters", "basis": "public", "special": False, "special_basis": "",
    "keep_days": 30, "afterwards": "delete",
}  # fmt: skip


def state_all(by: Subject, batch: Batch, **more: Any) -> Batch:
    """Everything that a batch needs before people of other organisations may see it."""
    said = {"controller": batch.organisation_id, **PROTECTION, **more}
    protection.state_protection(by=by, code=batch.code, **said)
    data_check.start_check(by=by, code=batch.code)
    protection.state_personal_data(by=by, code=batch.code, says="none", because="")
    return batch
