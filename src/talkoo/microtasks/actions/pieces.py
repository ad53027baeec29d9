"""How many pieces of one record a person or an organisation may be handed."""

from django.db import transaction
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions.batches import log, own_batch
from talkoo.microtasks.models import Batch, BatchState
from talkoo.microtasks.queries.pieces import pieces_each


def edit_caps(*, by: Subject, code: str, cap_person: int | None, cap_team: int | None) -> Batch:
    """Say how many pieces of a record one person, and the people of one organisation together, are handed at most.

    None is no cap. Once the batch was opened caps may become lower, not higher: people worked under them. What somebody
    had in hand before stays counted. Raises Conflict where the items are whole, Invalid naming the field.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code)
        if not batch.records:
            raise Conflict(
                _("The items of this batch are not pieces of records."),
                _("Say so where the columns are, before the batch is opened."),
            )
        _check(batch, cap_person=cap_person, cap_team=cap_team)
        batch.cap_person, batch.cap_team = cap_person, cap_team
        batch.save(update_fields=["cap_person", "cap_team"])
        log(by, batch, "caps-changed", person=cap_person, team=cap_team)
    return batch


def _check(batch: Batch, **caps: int | None) -> None:
    fields, most = {}, pieces_each(batch)
    for name, cap in caps.items():
        before: int | None = getattr(batch, name)
        if cap is not None and not 1 <= cap <= most:
            fields[name] = _("Choose between 1 and %(most)d: a record has no more pieces.") % {"most": most}
        elif batch.state != BatchState.DRAFT and before is not None and (cap is None or cap > before):
            fields[name] = _("The batch was opened with %(n)d. You may choose fewer, not more.") % {"n": before}
    if fields:
        raise Invalid(" ".join(fields.values()), _("Look at what is marked."), fields=fields)
