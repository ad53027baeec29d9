"""The life of a batch: draft → open ⇄ paused → closed, and back from closed by way of paused."""

from dataclasses import dataclass
from types import MappingProxyType

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talkoo.access.permissions import Relation
from talkoo.access.subject import Subject
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions.answers import withdraw_leases
from talkoo.microtasks.actions.batches import log, own_batch
from talkoo.microtasks.actions.combining import refit_later
from talkoo.microtasks.actions.known import settle_known
from talkoo.microtasks.actions.pushing import is_pushed, push_items
from talkoo.microtasks.actions.telling import announce_batch, closed_later, offer_later
from talkoo.microtasks.actions.uploads import clear_tasks, forget_files
from talkoo.microtasks.models import Batch, BatchState, FirstRows, Protection, Redaction, RejectedRow, Sensitivity, Task
from talkoo.microtasks.queries.protection import crosses
from talkoo.microtasks.queries.readiness import hindrances
from talkoo.microtasks.queries.uploads import latest_upload


@dataclass(frozen=True, slots=True)
class Move:
    """A way from some states to another: who may go it, its verb, and what happens then in one sentence."""

    verb: str
    sources: frozenset[BatchState]
    target: BatchState
    who: Relation
    label: str | Promise
    says: str | Promise
    done: str | Promise


MOVES = MappingProxyType(
    {
        move.verb: move
        for move in (
            Move(
                "open", frozenset({BatchState.DRAFT}), BatchState.OPEN, Relation.OWNER, gettext_lazy("Open the batch"),
                gettext_lazy("People who may see it find it among their tasks at once. The question and the items stay as they are."),
                gettext_lazy("The batch is open. People find it among their tasks."),
            ),
            Move(
                "pause", frozenset({BatchState.OPEN}), BatchState.PAUSED, Relation.OWNER, gettext_lazy("Pause the batch"),
                gettext_lazy("Nobody is handed another item. Who has one in hand may still send the answer; it counts."),
                gettext_lazy("The batch is paused."),
            ),
            Move(
                "resume", frozenset({BatchState.PAUSED}), BatchState.OPEN, Relation.OWNER, gettext_lazy("Go on"),
                gettext_lazy("Items are handed out again."),
                gettext_lazy("The batch goes on."),
            ),
            Move(
                "close", frozenset({BatchState.OPEN, BatchState.PAUSED}), BatchState.CLOSED, Relation.OWNER,
                gettext_lazy("Close the batch"),
                gettext_lazy("Items in hand are taken back; answers sent later are kept, but change no result. You can still export."),
                gettext_lazy("The batch is closed."),
            ),
            Move(
                "reopen", frozenset({BatchState.CLOSED}), BatchState.PAUSED, Relation.OWNER, gettext_lazy("Take it up again"),
                gettext_lazy("The batch is paused: look at the deadline, then let it go on."),
                gettext_lazy("The batch is paused. Look at its deadline, then let it go on."),
            ),
        )
    }
)  # fmt: skip


def moves_from(state: str) -> list[Move]:
    """The ways out of a state, in the order of the table."""
    return [move for move in MOVES.values() if state in move.sources]


def move_batch(*, by: Subject, code: str, verb: str) -> Batch:
    """Bring a batch into another state by a verb of MOVES.

    Raises Conflict where the state does not allow it (two owners at once: the second is told), Invalid with what is
    still missing where it cannot open.
    """
    move = MOVES.get(verb)
    if move is None:
        raise Invalid(_("A batch cannot do that."), remedy=_("Go back and choose one of the buttons."))
    with transaction.atomic():
        batch = own_batch(by=by, code=code, states=frozenset(BatchState))
        before = BatchState(batch.state)
        if before not in move.sources:
            words = {"state": batch.get_state_display().lower()}
            raise Conflict(_("The batch is %(state)s by now.") % words, remedy=_("Look at it again before you go on."))
        if move.target == BatchState.OPEN:
            _check_ready(batch)
        BEFORE[verb](batch)
        batch.state = move.target
        batch.save(update_fields=["state", "opened", "closed"])
        log(by, batch, verb, before=before.value, after=move.target.value)
        push_items(batch)
    return batch


def _check_ready(batch: Batch) -> None:
    missing = hindrances(batch, latest_upload(batch))
    if missing:
        fields: dict[str, str] = {}
        for point in missing:
            place = point.field or point.step
            fields[place] = f"{fields[place]} {point.text}" if place in fields else point.text
        raise Invalid(
            " ".join(point.text for point in missing), remedy=_("Put this right, then open it."), fields=fields
        )


def _first_opened(batch: Batch) -> None:
    """Each item asks for as many answers as were settled on; the file is not needed any more."""
    needed = batch.least if batch.adaptive else batch.most
    Task.objects.filter(batch=batch).exclude(needed=needed).update(needed=needed)
    settle_known(batch)
    batch.opened = timezone.now()
    if batch.sensitivity < Sensitivity.CONFIDENTIAL and not batch.audience.exists() and not crosses(batch):
        batch.audience.add(batch.organisation_id)  # “everybody” was one organisation: so it stays when others come
    forget_files(batch)
    _forget_originals(batch)
    if not is_pushed(batch):
        offer_later(batch)
    announce_batch(batch, "batch.opened")


def _forget_originals(batch: Batch) -> None:
    """What the first and the rejected rows of the file said, where items were redacted: it would stand beside them.

    Whatever is written in the redaction: prepared anew, it counts from nought and says nothing of an earlier one.
    """
    if Redaction.objects.filter(batch=batch).exists():
        FirstRows.objects.filter(upload__batch=batch).delete()
        RejectedRow.objects.filter(upload__batch=batch).delete()


def _closed(batch: Batch) -> None:
    withdraw_leases(batch.pk)
    refit_later(batch)
    batch.closed = timezone.now()
    closed_later(batch, by_deadline=False)
    announce_batch(batch, "batch.closed")


def _taken_up(batch: Batch) -> None:
    if Protection.objects.filter(batch=batch, erasing__isnull=False).exists():
        raise Conflict(_("The items of this batch are deleted."), remedy=_("Copy it, and upload the items again."))
    batch.closed = None


def _nothing(batch: Batch) -> None:
    """Some moves change the state alone."""


BEFORE = {"open": _first_opened, "pause": _nothing, "resume": _nothing, "close": _closed, "reopen": _taken_up}


def discard_draft(*, by: Subject, code: str) -> None:
    """Delete a draft with its items and files. Raises Conflict for a batch that was opened: that one is closed instead."""
    with transaction.atomic():
        batch = own_batch(by=by, code=code, states=frozenset({BatchState.DRAFT}))
        forget_files(batch)
        log(by, batch, "discarded", tasks=batch.tasks_total)
        clear_tasks(batch)
        batch.delete()
