"""Pictures that stand in the place of a text, and who may look at one."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.queries import allows
from talkoo.access.subject import Subject
from talkoo.lib import wall
from talkoo.lib.errors import Missing
from talkoo.lib.tables import OBJECT
from talkoo.microtasks.models import Batch, KnownAnswer, Picture, Standing, Task
from talkoo.microtasks.queries.batches import offered_batches, seen_batches, tied_resource
from talkoo.microtasks.queries.work import may_read, my_assignments

NAMED = re.compile(rf"{OBJECT}(\d{{1,18}}) (\d{{1,6}})x(\d{{1,6}}) (.+)")


@dataclass(frozen=True, slots=True)
class Reference:
    """What the payload of a task says of a picture: enough to leave room for it on a page."""

    picture: int
    width: int
    height: int
    name: str


def refer(picture: Picture) -> str:
    """The words that stand for a picture in the payload of a task."""
    return f"{OBJECT}{picture.pk} {picture.width}x{picture.height} {picture.name}"


def referred(text: str) -> Reference | None:
    """The picture that stands in the place of a text, if one does."""
    found = NAMED.fullmatch(text) if text.startswith(OBJECT) else None
    return Reference(int(found[1]), int(found[2]), int(found[3]), found[4]) if found else None


def readable(text: Any) -> Any:
    """The text, or the name of the picture in its place; what is no text stays as it is."""
    found = referred(text) if isinstance(text, str) else None
    return found.name if found else text


def access_picture(by: Subject, code: str, number: int, part: str) -> tuple[Picture, Task]:
    """The picture in a part of an item, and the item, for who has that in hand or had it, its owners and its reviewers.

    Everything else is Missing (404): there is no telling whether an item has a picture from outside.
    """
    place = Standing.objects.filter(batch__code=code, number=number).first()
    found = None
    if place is not None:
        with wall.opened(place.batch_id):
            found = _looked_at(by, place.pk, part)
    if found is None:
        raise Missing(_("There is no such picture, or it is not open to you."), remedy=_("Look at the tasks for you."))
    return found


def _looked_at(by: Subject, pk: int, part: str) -> tuple[Picture, Task] | None:
    task = Task.objects.select_related("batch").get(pk=pk)
    found = referred(str(task.payload.get(part, ""))) if _may_look(by, task) else None
    picture = Picture.objects.filter(pk=found.picture, upload__batch=task.batch_id).first() if found else None
    return (picture, task) if picture else None


def _may_look(by: Subject, task: Task) -> bool:
    held = my_assignments(by).filter(task=task).select_related("batch").first()
    return (held is not None and may_read(by, held)) or _cares_for(by, task.batch) or _practises(by, task)


def _practises(by: Subject, task: Task) -> bool:
    """Whoever the batch is offered to may practise on it."""
    kept = KnownAnswer.objects.filter(task=task, practice=True).exists()
    return kept and offered_batches(by).filter(pk=task.batch_id).exists()


def _cares_for(by: Subject, batch: Batch) -> bool:
    touched = tied_resource(by, batch)
    seen = seen_batches(by).filter(pk=batch.pk).exists()
    return seen and any(allows(by, wanted, touched) for wanted in (Permission.BATCH_RESULTS, Permission.TASK_REVIEW))
