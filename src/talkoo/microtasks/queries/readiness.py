"""What keeps a batch from being opened, and what its owner should think of first."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.access.permissions import Relation
from talkoo.lib import quarantine
from talkoo.lib.errors import Invalid
from talkoo.microtasks.models import Batch, BatchState, Sensitivity, Upload, UploadState
from talkoo.microtasks.queries.audience import people_reached
from talkoo.microtasks.queries.control import unfit_items
from talkoo.microtasks.queries.pieces import too_few
from talkoo.microtasks.queries.protection import lacking
from talkoo.microtasks.queries.redaction import unsigned
from talkoo.microtasks.queries.uploads import fitting_types, sources
from talkoo.microtasks.task_types import check_config, task_type
from talkoo.people.queries.organisations import below
from talkoo.people.queries.persons import holding


@dataclass(frozen=True, slots=True)
class Point:
    """Something to put right or to think of, and the step of the builder where that is done; `field` is the field of the
    batch, as the API names it, where it is one."""

    step: str
    text: str
    field: str = ""


def hindrances(batch: Batch, upload: Upload | None) -> list[Point]:
    """What must be put right before the batch can open; empty means it can. `upload` is the file it was read from."""
    return [
        *_items(batch, upload),
        *_question(batch, upload),
        *_known(batch),
        *_audience(batch),
        *unstated(batch),
        *_unsigned(batch),
    ]


def _items(batch: Batch, upload: Upload | None) -> list[Point]:
    """Items of an earlier reading are not those that the columns now in use would give."""
    if upload and upload.state == UploadState.READING:
        return [Point("columns", _("The file is still being read. Wait until that is done."))]
    if upload and upload.state == UploadState.QUARANTINE:
        return [Point("columns", _("The file waits to be scanned for harmful software. It is not read before."))]
    if upload and upload.state == UploadState.FAILED:
        return [Point("columns", _("The file could not be read. Choose other columns, or another file."))]
    if batch.state == BatchState.DRAFT and unscanned(batch.sensitivity, batch):
        return [Point("upload", unscanned_words(), "sensitivity")]
    if not batch.tasks_total:
        return [Point("upload", _("There are no items yet: upload a file and say what its columns are."))]
    return []


def unscanned(sensitivity: int, batch: Batch) -> bool:
    """Whether items of this level come, or would come, from a file that no scanner has looked at: the latest one need not
    be the one that was read. One query where the level asks for it."""
    return sensitivity > Sensitivity.INTERNAL and any(upload.scanned is None for upload in sources(batch))


def unscanned_words() -> str:
    if quarantine.connected():
        return _(
            "The file of this batch was not scanned for harmful software yet. Look again in some minutes, or upload it again."
        )
    return _(
        "The file of this batch was not scanned for harmful software, and confidential or restricted items need that."
        " Ask your administrator to connect a scanner (TALKOO_CLAMD); then it is scanned by itself."
    )


def _question(batch: Batch, upload: Upload | None) -> list[Point]:
    found = []
    if not batch.question.strip():
        found.append(Point("question", _("There is no question yet."), "question"))
    try:
        check_config(task_type(batch.task_type), batch.config)
    except Invalid as error:
        found.append(Point("question", " ".join([error.message, *error.fields.values()]), "settings"))
    if batch.tasks_total and upload and batch.task_type not in fitting_types(upload.mapping):
        found.append(
            Point(
                "columns",
                _("The columns in use do not fit the kind of task. Choose others, or another kind."),
                "task_type",
            )
        )
    return found


def _known(batch: Batch) -> list[Point]:
    """Known answers that fit no answer of the question, and more practice than there is to practise on."""
    found = []
    unfit = unfit_items(batch) if batch.question.strip() else []
    if unfit:
        first = {"name": unfit[0].task.name, "text": unfit[0].text[:60], "n": len(unfit)}
        words = ngettext(
            "The known answer “%(text)s” of %(name)s is not among the answers to the question.",
            "%(n)d known answers are not among the answers to the question; the first is “%(text)s” of %(name)s.",
            len(unfit),
        )
        found.append(Point("known", words % first))
    if batch.practice_right > batch.practice_added:
        found.append(Point("known", _("More right answers in practice are asked for than there are items for it.")))
    return found


def _audience(batch: Batch) -> list[Point]:
    found = []
    if batch.sensitivity == Sensitivity.RESTRICTED:
        found += _restricted(batch)
    if batch.deadline and batch.deadline < timezone.localdate():
        found.append(Point("audience", _("The day it is needed by has passed."), "deadline"))
    return found


def _restricted(batch: Batch) -> list[Point]:
    """Such items are given out by the platform: somebody has to be there to whom they can be given."""
    found = []
    if batch.may_choose:
        words = _("Restricted items are given to people one by one: nobody sees a list to pick from.")
        found.append(Point("audience", words, "may_choose"))
    if batch.practice_right:
        words = _("Who practises knows of the work: restricted items cannot ask for practice first.")
        found.append(Point("known", words))
    if not people_reached(batch):
        words = _("Nobody who is cleared for restricted work fits. Ask a security officer, or choose others.")
        found.append(Point("audience", words, "sensitivity"))
    return found


def unstated(batch: Batch) -> list[Point]:
    """What has to be stated of the data because people of other organisations see it."""
    return [Point("data", words) for words in lacking(batch)]


def _unsigned(batch: Batch) -> list[Point]:
    """Items are redacted before anybody is shown them; what was opened stays as it is."""
    return [Point("data", words) for words in unsigned(batch)] if batch.state == BatchState.DRAFT else []


def outsiders(batch: Batch) -> bool:
    """Whether anybody of another organisation owns or reviews it."""
    here = holding().filter(person=OuterRef("pk"), organisation__in=below(batch.organisation))
    return batch.people.filter(~Exists(here)).exists()


def cautions(batch: Batch, upload: Upload | None, reach: int) -> list[Point]:
    """What deserves a second look; none of it keeps the batch from opening. `reach`: how many could take part."""
    found = []
    if batch.adaptive and not any(tie.relation == Relation.REVIEWER for tie in batch.ties.all()):
        words = _(
            "Nobody is named to decide items on which people differ. Such items would wait for you to name a reviewer."
        )
        found.append(Point("audience", words))
    if batch.deadline is None:
        found.append(Point("audience", _("No day is set by which you need it. People choose work that has one first.")))
    if upload and upload.rows_rejected:
        words = ngettext(
            "%(n)d row of the file was left out.", "%(n)d rows of the file were left out.", upload.rows_rejected
        )
        found.append(Point("reading", words % {"n": upload.rows_rejected}))
    if too_few(batch, reach):
        words = _(
            "Only %(reach)d people can take part, and each may have so few pieces of a record that some pieces stay unanswered."
        )
        found.append(Point("audience", words % {"reach": reach}))
    if reach < batch.most:
        words = _("Only %(reach)d people can see it, but an item may need %(most)d answers.")
        found.append(Point("audience", words % {"reach": reach, "most": batch.most}))
    return found
