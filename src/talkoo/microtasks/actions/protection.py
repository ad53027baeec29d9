"""Stating whose the data in a batch is, what for, on which ground and for how long; and what an organisation usually says."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions.batches import log, own_batch
from talkoo.microtasks.actions.editions import check_edition
from talkoo.microtasks.models import (
    Afterwards,
    Basis,
    Batch,
    BatchState,
    DataStatement,
    Protection,
    ProtectionDefaults,
    Says,
    SpecialBasis,
)
from talkoo.microtasks.queries.protection import check_of, lacking
from talkoo.microtasks.queries.protection import stated as stated_of
from talkoo.people.models import Organisation
from talkoo.people.queries.organisations import resource

MOST_DAYS = 7300  # twenty years
LENGTHS = {"contact": 200, "purpose": 480}


def state_protection(
    *,
    by: Subject,
    code: str,
    controller: int | None,
    contact: str,
    purpose: str,
    basis: str,
    special: bool,
    special_basis: str,
    keep_days: int | None,
    afterwards: str,
    edition: str = "",
) -> Protection:
    """Say who answers for the data of a batch, what for, on which ground, how long it is kept, and what then.

    What stays empty in a draft is asked for when it opens. Once it was opened nothing that is needed can be emptied, and
    what was promised to people may only become stricter: fewer days, and deletion instead of keeping results.
    Raises Invalid naming the field, Overtaken where another edition of this is stored than the one that was seen.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code)
        check_edition(by, batch, "data", edition)
        promised = None if batch.state == BatchState.DRAFT else Protection.objects.filter(batch=batch).first()
        stated = stated_of(batch).protection
        stated.controller = Organisation.objects.filter(pk=controller).first() if controller else None
        stated.contact, stated.purpose = " ".join(contact.split()), purpose.strip()
        stated.basis, stated.special, stated.keep_days, stated.afterwards = basis, special, keep_days, afterwards
        stated.special_basis = special_basis if special else ""
        _refuse({**_wrong(stated), **(_loosened(promised, stated) if promised else {})})
        stated.save()
        if batch.state != BatchState.DRAFT:
            _stay_complete(batch)
        log(by, batch, "protection-stated", **_facts(stated))
    return stated


def _facts(stated: Protection) -> dict[str, Any]:
    """What goes into the log: what was chosen, not what was written."""
    return {
        "controller": stated.controller and stated.controller.code,
        "basis": stated.basis,
        "special": stated.special_basis,
        "keep_days": stated.keep_days,
        "afterwards": stated.afterwards,
    }


def _wrong(stated: Protection | ProtectionDefaults) -> dict[str, str]:
    fields = {}
    for name, most in LENGTHS.items():
        words = getattr(stated, name)
        if len(words) > most:
            fields[name] = _("Shorten this to %(most)d characters; it has %(length)d.") % {
                "most": most,
                "length": len(words),
            }
        elif "\0" in words:
            fields[name] = _("This holds a zero byte, which no text has.")
    lists = {"basis": Basis.values, "special_basis": SpecialBasis.values, "afterwards": Afterwards.values}
    for name, known in lists.items():
        if getattr(stated, name, "") not in ["", *known]:
            fields[name] = _("Choose one of the list.")
    if stated.keep_days is not None and not 1 <= stated.keep_days <= MOST_DAYS:
        fields["keep_days"] = _("Choose between 1 and %(most)d days.") % {"most": MOST_DAYS}
    return fields


def _loosened(before: Protection, stated: Protection) -> dict[str, str]:
    """What would break a promise to people who have begun."""
    fields = {}
    if before.keep_days and (stated.keep_days is None or stated.keep_days > before.keep_days):
        words = {"days": before.keep_days}
        fields["keep_days"] = _("People were told %(days)d days. You may shorten this, not lengthen it.") % words
    if before.afterwards == Afterwards.DELETE != stated.afterwards:
        fields["afterwards"] = _("People were told that everything is deleted. That stays.")
    return fields


def _stay_complete(batch: Batch) -> None:
    """A batch that crossed organisations keeps all its statements; others may say as much or as little as they like."""
    if missing := lacking(batch):
        raise Invalid(" ".join(missing), remedy=_("Others see these items already, so every part is needed."))


def _refuse(fields: Mapping[str, str]) -> None:
    if fields:
        raise Invalid(_("This cannot be saved yet."), remedy=_("Look at what is marked."), fields=fields)


def state_personal_data(*, by: Subject, code: str, says: str, because: str) -> DataStatement:
    """The person's word on what the look through the items found; it ends when the items change.

    Raises Conflict where these items were not looked through, Invalid where a reason is missing.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code)
        found, because = stated_of(batch), because.strip()
        check = check_of(found)
        if check is None or check.finished is None:
            raise Conflict(
                _("These items have not been looked through to the end."), remedy=_("Have them looked through first.")
            )
        if says not in Says.values:
            raise Invalid(_("This cannot be saved yet."), fields={"says": _("Choose one of the two.")})
        if says == Says.NEEDED and not because:
            raise Invalid(_("This cannot be saved yet."), fields={"because": _("Say why personal data is needed.")})
        if len(because) > 480 or "\0" in because:
            raise Invalid(_("This cannot be saved yet."), fields={"because": _("Shorten this to 480 characters.")})
        said = DataStatement.objects.create(
            batch=batch,
            items=found.items,
            says=says,
            because=because if says == Says.NEEDED else "",
            by_id=by.person_id,
        )
        log(by, batch, "personal-data-stated", says=says, items=found.items, findings=len(check.findings))
    return said


def set_defaults(
    *,
    by: Subject,
    organisation: Organisation,
    contact: str,
    purpose: str,
    basis: str,
    keep_days: int | None,
    afterwards: str,
) -> ProtectionDefaults:
    """What batches of an organisation begin with. Batches that exist keep what they state. Raises Invalid by field."""
    with transaction.atomic():
        authorise(by, Permission.PROTECTION_DEFAULTS, on=resource(organisation))
        usual = ProtectionDefaults.objects.select_for_update().filter(organisation=organisation).first()
        usual = usual or ProtectionDefaults(organisation=organisation)
        usual.contact, usual.purpose = " ".join(contact.split()), purpose.strip()
        usual.basis, usual.keep_days, usual.afterwards = basis, keep_days, afterwards
        _refuse(_wrong(usual))
        usual.save()
        audit.record(
            by=by,
            action="microtasks.protection.defaults-set",
            on=("organisation", organisation.code),
            organisation_id=organisation.pk,
            basis=basis,
            keep_days=keep_days,
            afterwards=afterwards,
        )
    return usual
