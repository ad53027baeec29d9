"""What an organisation forbids beyond the rules of the product: one person proposes it, another decides."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.lib.plain import one_line
from talkoo.people.models import Organisation, RuleChange
from talkoo.people.queries.organisations import resource
from talkoo.people.queries.rules import RULES, in_force, levels_of

EDIT = Permission.RULES_EDIT


@transaction.atomic
def propose_rules(*, by: Subject, organisation: Organisation, rules: Mapping[str, int], because: str) -> RuleChange:
    """Propose what is forbidden from which level on; what `rules` does not name is left to the shipped rules.

    Raises Denied, Invalid naming the field, Conflict where another proposal waits or nothing would change.
    """
    authorise(by, EDIT, on=resource(organisation))
    unknown = {name: _("Choose one of the levels.") for name, level in rules.items() if level not in levels_of(name)}
    if unknown or not set(rules) <= set(RULES):
        raise Invalid(_("This cannot be proposed yet."), _("Look at what is marked."), unknown)
    words = one_line(because)
    if not words or len(words) > 400:
        reason = _("Say why, in at most 400 characters: whoever decides reads it.")
        raise Invalid(reason, fields={"because": reason})
    if dict(rules) == in_force(organisation):
        raise Conflict(_("This is what holds now."), _("Change something, then propose it."))
    try:
        with transaction.atomic():
            change = RuleChange.objects.create(
                organisation=organisation, rules=dict(rules), because=words, made_by_id=by.person_id
            )
    except IntegrityError:
        raise Conflict(_("Another proposal waits already."), _("Decide on that one first.")) from None
    _record(by, "proposed", change, before=in_force(organisation), after=change.rules)
    return change


@transaction.atomic
def decide_rules(*, by: Subject, organisation: Organisation, number: int, approve: bool) -> RuleChange:
    """Put a proposal in force, or turn it down. Nobody approves their own; they may take it back.

    Raises Denied, Missing, Conflict where it was decided already.
    """
    authorise(by, EDIT, on=resource(organisation))
    change = RuleChange.objects.select_for_update().filter(organisation=organisation, pk=number).first()
    if change is None:
        raise Missing(_("There is no such proposal."), _("Look at the page of the rules."))
    if change.decided is not None:
        raise Conflict(_("This was decided already."), _("Look at what holds now."))
    if approve and change.made_by_id == by.person_id:
        raise Denied(
            _("You proposed this yourself, so somebody else decides it."),
            _("Ask another security officer or administrator."),
            permission=EDIT.value,
        )
    before = in_force(organisation)
    change.decided, change.decided_by_id, change.approved = timezone.now(), by.person_id, approve
    change.save(update_fields=["decided", "decided_by", "approved"])
    _record(by, "approved" if approve else "turned-down", change, before=before, after=change.rules)
    return change


def _record(by: Subject, verb: str, change: RuleChange, **facts: Mapping[str, int]) -> None:
    audit.record(
        by=by, action=f"people.rules.{verb}", on=("organisation", change.organisation.code),
        organisation_id=change.organisation_id, change=change.pk, **facts,
    )  # fmt: skip
