"""Proofs for those who look into the log: what leaves the house in somebody's hands is in the log itself."""

from typing import Any

from django.utils.translation import gettext as _

from talkoo.audit.actions import Actor, record
from talkoo.audit.queries.proof import BadNote, Comparison, compared, entry_proof
from talkoo.lib.errors import Conflict, Invalid


def take_proof(*, by: Actor, position: int) -> dict[str, Any]:
    """That an entry is in what was signed last, as `verify.py` reads it. Whoever calls it has authorised `by`.

    Raises Conflict while no checkpoint covers the entry.
    """
    proof = entry_proof(position)
    if proof is None:
        message = _("No checkpoint covers this entry yet.")
        raise Conflict(message, _("Checkpoints are signed each minute. Wait for the next one, then try again."))
    record(by=by, action="audit.proof.taken", on=("log", str(position)), organisation_id=by.organisation_id)
    return proof


def check_kept(note: str) -> Comparison:
    """Hold a checkpoint that somebody kept against the log. Raises Invalid for what is none of this log."""
    try:
        return compared(note)
    except BadNote:
        message = _("That is no checkpoint that this log has signed.")
        raise Invalid(message, _("Copy all of it, from the name of the log to the line of the signature.")) from None
