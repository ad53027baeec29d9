"""Letting files out of quarantine, once the scanner answers; and scanning those that came before there was one."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.audit import actions as audit
from talkoo.lib import quarantine, wall
from talkoo.lib.errors import Invalid
from talkoo.lib.scanning import Away, Unanswered
from talkoo.microtasks.actions.telling import tell_upload
from talkoo.microtasks.actions.uploads import begin_reading, clear_tasks, describe, keep_rows
from talkoo.microtasks.models import Batch, BatchState, Upload, UploadState
from talkoo.microtasks.queries.uploads import guessed_mapping, path_of
from talkoo.people.queries.readers import spoken_to

LIVE = (UploadState.QUARANTINE, UploadState.RECEIVED, UploadState.READY)  # one that is being read is looked at after
RESTS = timedelta(minutes=1)  # a file that came this moment is with its own request or job
FOUND_OUT = ["state", "scanned", "kind", "sheet", "sheets", "size", "encoding", "delimiter", "columns"]
log = logging.getLogger(__name__)


def unscanned() -> QuerySet[Upload]:
    """The files of drafts that no scanner has looked at: in quarantine, or from before there was one. Those on which it
    gave no verdict come last, so that one that it dies of does not keep it from all others."""
    newest = Upload.objects.filter(batch=OuterRef("batch")).order_by("-pk").values("pk")[:1]
    live = Upload.objects.filter(state__in=LIVE, scanned=None, batch__state=BatchState.DRAFT, pk=Subquery(newest))
    return live.order_by(F("moved").asc(nulls_first=True), "pk")


def scan_waiting() -> int:
    """Ask the scanner about each of them; where it is away, the rest waits as well. Returns about how many it was asked."""
    seen = 0
    for upload in unscanned().filter(at__lt=timezone.now() - RESTS).select_related("batch", "by"):
        if not scan_upload(upload=upload.pk):
            break
        seen += 1
    return seen


def scan_upload(*, upload: int) -> bool:
    """Have one file scanned: clean it is let out, and read where that was asked for; harmful it is deleted.

    Returns whether the scanner is there; where it gave no verdict, it is asked again later. Run twice, it does no more
    than once.
    """
    found = unscanned().filter(pk=upload).select_related("batch", "by").first()
    if found is None:
        return True
    if settings.CLAMD is None:
        return False
    with spoken_to(found.by), wall.opened(found.batch_id):
        try:
            _look(found)
        except Unanswered as error:
            log.warning("The scanner does not answer, so files wait in quarantine: %s", error)
            Upload.objects.filter(pk=found.pk, scanned=None, state__in=LIVE).update(moved=timezone.now())
            return not isinstance(error, Away)
        except Invalid as error:
            _reject(found, error)
    return True


def _look(found: Upload) -> None:
    waits = found.state == UploadState.QUARANTINE
    if not path_of(found).exists():
        if waits:
            raise Invalid(_("The file is no longer here."), _("Upload it again."))
        return
    quarantine.look(path_of(found), quarantine.LATER)
    found.scanned = timezone.now()
    if not waits:
        Upload.objects.filter(pk=found.pk).update(scanned=found.scanned)
        return
    rows = describe(found, found.encoding)
    found.state = UploadState.RECEIVED
    with transaction.atomic():
        if not _still(found, UploadState.QUARANTINE):
            return
        found.save(update_fields=FOUND_OUT)
        found.refresh_from_db(fields=["accepted", "mapping", "run"])  # what was said while it was being scanned
        keep_rows(found, rows)
        _record(found, "file-let-out", kind=found.kind, columns=len(found.columns))
        if found.run is not None and found.accepted:
            begin_reading(found, found.mapping or guessed_mapping(found))


def _still(found: Upload, *states: str) -> bool:
    """Whether the file is still what the batch waits for; locks batch and upload, in the order of all who do."""
    batch = Batch.objects.select_for_update(of=("self",), no_key=True).filter(pk=found.batch_id).first()
    held = Upload.objects.select_for_update().filter(pk=found.pk, state__in=states).exists()
    return held and batch is not None and batch.state == BatchState.DRAFT


def _reject(found: Upload, error: Invalid) -> None:
    """The file goes, and what was read of it before there was a scanner."""
    with transaction.atomic():
        if not _still(found, *LIVE):
            return
        if found.rows_read:
            clear_tasks(found.batch)
            Batch.objects.filter(pk=found.batch_id).update(tasks_total=0, controls_added=0, practice_added=0)
        found.state, found.message, found.moved = UploadState.FAILED, f"{error.message} {error.remedy}", timezone.now()
        found.save(update_fields=["state", "message", "moved"])
        harmful = error.found if isinstance(error, quarantine.Harmful) else ""
        _record(found, "file-harmful" if harmful else "file-refused", found=harmful)
        tell_upload(found)
        transaction.on_commit(lambda: path_of(found).unlink(missing_ok=True))


def _record(upload: Upload, verb: str, **facts: object) -> None:
    """The job acts for nobody in particular: who sent the file is in the line of its coming."""
    batch, facts = upload.batch, {"sha256": upload.sha256, **facts}
    on = ("batch", batch.code)
    audit.record(by=None, action=f"microtasks.batch.{verb}", on=on, organisation_id=batch.organisation_id, **facts)
