"""Practising: an answer to an item whose answer is known, which counts for nothing and nobody but this person sees."""

from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict
from talkoo.microtasks.actions.answers import check_said
from talkoo.microtasks.models import Batch, BatchState, PracticeAnswer
from talkoo.microtasks.queries.batches import let_in, offered_resource
from talkoo.microtasks.queries.practice import practice_item
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.task_types.knowing import agrees


def practise(*, by: Subject, batch: Batch, number: int, value: Any, cannot: str = "") -> PracticeAnswer:
    """Try a practice item. The last answer is kept, for this person alone; one that is right stays as it is.

    The log says that somebody practised in the batch, not on which item nor how it went. Raises Denied, Missing for a
    number that is no practice item, Conflict where the batch is not open, Invalid naming the field.
    """
    with transaction.atomic():
        let_in(by, Permission.TASK_ANSWER, batch, offered_resource(by, batch))
        if batch.state != BatchState.OPEN:
            raise Conflict(_("This batch is not open now."), remedy=_("Look at the other tasks for you."))
        _keep(batch, number)
        known = practice_item(batch, number)
        check_said(known.task, value=value, cannot=cannot)
        right = agrees(task_type(batch.task_type), batch.config, value, known.value)
        answer, _new = PracticeAnswer.objects.select_for_update().get_or_create(
            task=known.task,
            person_id=by.person_id,
            defaults={"batch": batch, "value": value, "cannot": cannot, "agrees": right},
        )
        if not answer.agrees:
            answer.value, answer.cannot, answer.agrees = value, cannot, right
            answer.save(update_fields=["value", "cannot", "agrees"])
        audit.record(
            by=by,
            action="microtasks.practice.tried",
            on=("batch", batch.code),
            organisation_id=batch.organisation_id,
        )
    return answer


def _keep(batch: Batch, number: int) -> None:
    """Until the answer is stored the item stays what it is: its owner waits to use it otherwise, nobody else does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM microtasks_task WHERE batch_id = %s AND number = %s FOR KEY SHARE", [batch.pk, number]
        )
