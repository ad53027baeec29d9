"""Changing the words of a question while people work on it, so that everybody concerned sees what changed."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.lib.errors import Invalid
from talkoo.lib.plain import one_line, plain
from talkoo.microtasks.actions.batches import LENGTHS, log, own_batch
from talkoo.microtasks.actions.telling import reworded_later
from talkoo.microtasks.models import Batch, BatchState, Cursor, Instruction
from talkoo.microtasks.queries.batches import not_there
from talkoo.microtasks.queries.work import my_assignments

RUNNING = frozenset({BatchState.OPEN, BatchState.PAUSED})


def edit_instructions(*, by: Subject, code: str, question: str, help: str, version: int) -> Batch:  # noqa: A002 - the word on the page
    """Change the question of an open batch and the help under it; the kind of task and its answers stay as they are.

    Every version is kept, every answer knows the one it was given under, and whoever answered under an earlier one is
    shown what changed and told once. The same words again change nothing. `version` is the one that was read before
    writing: who writes on an older one would take away what somebody else has just written.
    Raises Denied, Missing, Conflict where the batch is neither open nor paused, Invalid naming the field.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code, states=RUNNING)
        words = {"question": one_line(question), "help": plain(help).replace("\r\n", "\n").strip()}
        if (batch.question, batch.help) == (words["question"], words["help"]):
            return batch
        _check(batch, words, version)
        if batch.instruction == 1:
            first = Instruction(batch=batch, version=1, question=batch.question, help=batch.help)
            first.at = batch.opened or batch.created
            first.save()
        batch.instruction += 1
        batch.question, batch.help = words["question"], words["help"]
        batch.save(update_fields=["question", "help", "instruction"])
        now = timezone.now()
        Instruction.objects.create(batch=batch, version=batch.instruction, by_id=by.author_id, at=now, **words)
        log(by, batch, "instructions-changed", version=batch.instruction)
        reworded_later(batch)
    return batch


def _check(batch: Batch, words: dict[str, str], version: int) -> None:
    fields = {}
    if version != batch.instruction:
        fields["question"] = _(
            "Somebody else changed the words a moment ago; they now stand below. Send yours again if they still fit."
        )
    if not words["question"]:
        fields["question"] = _("Write the question.")
    for name, text in words.items():
        if len(text) > LENGTHS[name]:
            facts = {"most": LENGTHS[name], "length": len(text)}
            fields[name] = _("Shorten this to %(most)d characters; it has %(length)d.") % facts
        if "\0" in text:
            fields[name] = _("This holds a zero byte, which no text has.")
    if fields:
        raise Invalid(_("This cannot be saved yet."), remedy=_("Look at what is marked."), fields=fields)


def put_change_aside(*, by: Subject, batch: Batch, version: int) -> None:
    """This person has read the change up to `version`; it is not shown to them again.

    Leaves no line in the log: it would tell when somebody was at a desk. Raises Missing for who never worked here.
    """
    with transaction.atomic():
        if not my_assignments(by).filter(batch=batch).exists():
            raise not_there()
        seen = min(max(version, 1), batch.instruction)
        Cursor.objects.update_or_create(person_id=by.person_id, batch=batch, defaults={"instruction": seen})
