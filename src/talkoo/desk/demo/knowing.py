"""Items whose answer the owner knows: some that people answered already measure how often they agree, some are for practice."""

from collections.abc import Mapping
from typing import Any

from talkoo.desk.demo.batches import owner_of
from talkoo.desk.demo.content import rows_of
from talkoo.microtasks.actions.known import mark_known
from talkoo.microtasks.actions.refit import refit_batch
from talkoo.microtasks.models import Batch, TaskState
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.task_types.knowing import known_value


def know(batch: Batch, raw: Mapping[str, Any]) -> None:
    """State what is known, as the owner would, one item after the other; then measure by it."""
    plan = raw.get("known")
    if not plan:
        return
    by, name = owner_of(raw), raw["columns"]["name"]
    declared = task_type(batch.task_type)
    rows = {row[name]: row for row in rows_of(raw["file"])}
    plain = batch.tasks.filter(state=TaskState.CLOSED, problems__isnull=True).exclude(result__method="reviewer")
    tried = plain.exclude(name__in=plan["practice"]).order_by("-done", "number")[: plan["measure"]]
    chosen = [(task, False) for task in tried] + [
        (task, True) for task in batch.tasks.filter(name__in=plan["practice"]).order_by("number")
    ]
    for task, practice in chosen:
        row = rows[task.name]
        mark_known(
            by=by, code=batch.code, number=task.number, value=known_value(declared, batch.config, row["truth"]),
            why=row[plan["why"]] or plan["otherwise"] if "why" in plan else raw["hints"][row["truth"]],
            practice=practice,
        )  # fmt: skip
    refit_batch(batch)
