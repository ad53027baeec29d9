"""The answer on the welcome page: take the task that was shown and send the answer, in one request."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.lib.errors import DomainError, Invalid
from talkoo.lib.numbers import whole
from talkoo.microtasks.actions.answers import submit_answer
from talkoo.microtasks.actions.assignments import take_task
from talkoo.microtasks.models import Answer, Assignment
from talkoo.microtasks.queries.batches import access_batch
from talkoo.microtasks.task_types import task_type


@dataclass(frozen=True, slots=True)
class Sent:
    """Where to go next and what to say. `done` False: another task was handed out, nothing was sent."""

    to: str
    words: str
    done: bool


def send(by: Subject, posted: QueryDict) -> Sent:
    """Take, compare with what was shown, answer, take the next. Raises Invalid with fields for an answer that does not fit."""
    batch = access_batch(by, posted.get("batch", ""), Permission.TASK_ANSWER)
    try:
        key = UUID(posted.get("key", ""))
    except ValueError:
        raise Invalid(_("This page is out of date."), remedy=_("Reload it and choose again.")) from None
    sure = whole(posted.get("sure", ""))
    cannot = "other" if "cannot" in posted else ""
    value = None if cannot else task_type(batch.task_type).read(batch.config, posted)
    if Answer.objects.filter(assignment__person=by.person_id, key=key).exists():
        return Sent(reverse("home"), _("Your first answer is in."), done=True)
    with transaction.atomic():
        taken = take_task(by=by, batch=batch)
        if taken is None:
            return Sent(
                reverse("board"), _("Somebody was quicker with that one. Here is what else there is."), done=False
            )
        if str(taken.task.number) != posted.get("task"):
            return Sent(_page(taken), _("Somebody was quicker with that one. Here is the next."), done=False)
        submit_answer(by=by, code=taken.code, key=key, value=value, cannot=cannot, sure=sure)
    words = _("Thank you, %(name)s. Your first answer is in. Here is the next, if you like.") % {
        "name": by.name.split()[0]
    }
    return Sent(_next(by, taken), words, done=True)


def _page(taken: Assignment) -> str:
    return reverse("assignment", args=[taken.code])


def _next(by: Subject, taken: Assignment) -> str:
    """The answer stands; where no other task follows, home says what there is."""
    try:
        following = take_task(by=by, batch=taken.batch)
    except DomainError:
        following = None
    return _page(following) if following else reverse("home")
