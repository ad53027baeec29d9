"""What an owner states of the data in a batch before people of other organisations may see it."""

from collections.abc import Mapping
from typing import Any

from talkoo.access.subject import Subject
from talkoo.microtasks.actions.data_check import start_check
from talkoo.microtasks.actions.protection import state_personal_data, state_protection
from talkoo.microtasks.models import Batch


def state(by: Subject, batch: Batch, purpose: str, data: Mapping[str, Any]) -> None:
    """State everything, with the items looked through at once. `data`: contact, basis, keep_days, afterwards, says, because."""
    state_protection(
        by=by, code=batch.code, controller=batch.organisation_id, contact=data["contact"], purpose=purpose,
        basis=data["basis"], special=False, special_basis="", keep_days=data["keep_days"], afterwards=data["afterwards"],
    )  # fmt: skip
    start_check(by=by, code=batch.code, at_once=True)
    state_personal_data(by=by, code=batch.code, says=data["says"], because=data["because"])
