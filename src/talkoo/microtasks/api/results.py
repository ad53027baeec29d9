"""Tasks with their results and where these come from; the whole as a stream."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse, StreamingHttpResponse
from ninja import Field, Query, Router, Schema, Status
from pydantic.config import JsonDict

from talkoo.access.bearer import Bearer, Calling
from talkoo.access.permissions import Permission
from talkoo.access.scopes import Scope
from talkoo.lib.api.pages import Page, Paging, page_of
from talkoo.lib.api.texts import Text
from talkoo.microtasks import export
from talkoo.microtasks.actions.results import ask_one_more, record_export, reply_to_problem, send_to_review
from talkoo.microtasks.models import Batch, Result, TaskState
from talkoo.microtasks.queries.batches import access_tied_batch
from talkoo.microtasks.queries.crowd import crowd
from talkoo.microtasks.queries.detail import detail, opened_task
from talkoo.microtasks.queries.results import matching_tasks, with_results
from talkoo.microtasks.queries.said import said_by_task

router = Router()
READ, WRITE = Bearer(Scope.RESULTS_READ), Bearer(Scope.BATCHES_WRITE)
RESULT: JsonDict = {
    "value": "Traffic", "probability": 0.94, "low": 0.86, "high": 0.98, "spread": None, "method": "dawid-skene", "method_version": "1",
    "reason": "sure", "version": 1, "at": "2026-11-25T11:02:00Z", "answers": 3, "note": "",
}  # fmt: skip
TASK: JsonDict = {
    "number": 17, "name": "L-0017", "group": "Harbour", "state": "closed", "answers": 3, "surplus": 0, "differ": False,
    "has_problem": False, "result": RESULT,
}  # fmt: skip


class ResultOut(Schema):
    """What the answers came to. `probability` is null where a reviewer decided."""

    model_config = {"json_schema_extra": {"examples": [RESULT]}}

    value: Any
    probability: float | None
    low: float | None
    high: float | None
    spread: Any = Field(
        description="Of numbers, days and shares: between which bounds the value lies, nine times in ten."
    )
    method: str
    method_version: str
    reason: str = Field(description="Why the task closed: sure, enough, review, or refit.")
    version: int
    at: datetime
    answers: int = Field(description="How many answers it rests on.")
    note: str

    @staticmethod
    def resolve_answers(result: Result) -> int:
        return len(result.answer_ids)


class TaskOut(Schema):
    """One item and what came of it."""

    model_config = {"json_schema_extra": {"examples": [TASK]}}

    number: int
    name: str
    group: str
    state: TaskState
    answers: int = Field(alias="done")
    surplus: int
    differ: bool = Field(description="Whether people answered differently.")
    has_problem: bool = Field(description="Whether somebody reported a problem that nobody answered yet.")
    result: ResultOut | None


class Tasks(Schema):
    items: list[TaskOut]
    next: str | None


class TaskFilter(Paging):
    show: Literal["all", "open", "review", "settled", "differ", "problems"] = "all"
    q: Text = Field("", max_length=120, description="A part of the name, or the number.")


class PlaceOut(Schema):
    """How the people of one organisation answered; small organisations are counted together."""

    organisation: str
    counts: dict[str, int]


class StepOut(Schema):
    """One step on the way to the result."""

    title: str = Field(alias="label")
    when: str
    text: str


class ProblemOut(Schema):
    """A report about the item."""

    id: int
    text: str
    at: datetime
    closed: datetime | None
    reply: str


class TaskDetailOut(Schema):
    """One item with everything that led to its result. Nobody's name is in it."""

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    **TASK, "item": {"source": "The lamp at the quay is broken."}, "notes": ["See page two"], "versions": [RESULT],
                    "by_organisation": [{"organisation": "Northtown", "counts": {"Traffic": 3}}],
                    "steps": [{"title": "Closed", "when": "25 Nov 11:02", "text": "3 answers, probability 94."}],
                    "problems": [],
                }
            ]
        }
    }  # fmt: skip

    number: int
    name: str
    group: str
    state: TaskState
    answers: int
    surplus: int
    differ: bool
    item: dict[str, Any]
    result: ResultOut | None
    versions: list[ResultOut]
    by_organisation: list[PlaceOut]
    notes: list[str]
    steps: list[StepOut]
    problems: list[ProblemOut]


def _batch(request: Calling, code: str, permission: Permission = Permission.BATCH_RESULTS) -> Batch:
    return access_tied_batch(request.subject, code, permission)[0]


@router.get(
    "/batches/{slug:code}/tasks", auth=READ, response=Tasks, operation_id="list_tasks", summary="Tasks and results"
)
def list_tasks(request: Calling, response: HttpResponse, code: str, asked: Query[TaskFilter]) -> Page:
    """The tasks of a batch in the order of the file, each with the result that stands."""
    tasks = with_results(matching_tasks(_batch(request, code), show=asked.show, search=asked.q))
    return page_of(tasks, asked, request=request, response=response, key="number")


@router.get(
    "/batches/{slug:code}/tasks/{int:number}", auth=READ, response=TaskDetailOut, operation_id="get_task",
    summary="One task, with where its result comes from",
)  # fmt: skip
def get_task(request: Calling, code: str, number: int) -> dict[str, Any]:
    """The item, its result with every earlier version, how people answered (as counts), and why it closed."""
    batch = _batch(request, code)
    task: Any = opened_task(batch, min(number, 2**31 - 1))
    task.batch = batch
    seen = detail(task, said_by_task([task.pk])[task.pk], crowd(batch))
    return {
        **{name: getattr(task, name) for name in ("number", "name", "group", "state", "surplus", "differ")},
        "answers": task.done, "item": task.payload, "result": task.result, "versions": seen.results,
        "by_organisation": [{"organisation": place.name, "counts": dict(place.counts)} for place in seen.places],
        "notes": seen.notes, "steps": seen.steps, "problems": seen.problems,
    }  # fmt: skip


@router.get(
    "/batches/{slug:code}/results", auth=READ, response={200: None}, operation_id="stream_results",
    summary="All results, as a stream",
)  # fmt: skip
def stream_results(request: Calling, code: str, form: Literal["jsonl", "csv"] = "jsonl") -> StreamingHttpResponse:
    """Every task with its result and provenance, as JSON Lines (the first line says what it is) or CSV.

    It is read slice by slice as it is sent, whatever the size of the batch. That a copy was taken goes into the log.
    """
    batch = _batch(request, code, Permission.BATCH_EXPORT)
    record_export(by=request.subject, batch=batch, form=form)
    return export.response(batch, form, by=request.subject.name)


@router.post(
    "/batches/{slug:code}/tasks/{int:number}/ask-again", auth=WRITE, response={204: None}, operation_id="ask_again",
    summary="Ask one more person",
)  # fmt: skip
def post_ask(request: Calling, code: str, number: int) -> Status[None]:
    """Open a task, settled or not, to one person more. What was decided before stays in its history."""
    batch = _batch(request, code, Permission.BATCH_EDIT)
    ask_one_more(by=request.subject, batch=batch, number=min(number, 2**31 - 1))
    return Status(204, None)


@router.post(
    "/batches/{slug:code}/tasks/{int:number}/send-to-review", auth=WRITE, response={204: None},
    operation_id="send_to_review", summary="Hand it to a reviewer",
)  # fmt: skip
def post_send(request: Calling, code: str, number: int) -> Status[None]:
    """Hand a task to a reviewer; its result no longer stands until the reviewer decides."""
    batch = _batch(request, code, Permission.BATCH_EDIT)
    send_to_review(by=request.subject, batch=batch, number=min(number, 2**31 - 1))
    return Status(204, None)


class ReplyIn(Schema):
    reply: Text = Field(min_length=1, max_length=1000, examples=["Thank you, the scan is turned round."])


@router.post(
    "/batches/{slug:code}/problems/{int:problem}/reply", auth=WRITE, response={204: None},
    operation_id="reply_to_problem", summary="Answer a report",
)  # fmt: skip
def post_reply(request: Calling, code: str, problem: int, said: ReplyIn) -> Status[None]:
    """Answer what somebody reported about an item, and close the report."""
    batch = _batch(request, code, Permission.BATCH_EDIT)
    reply_to_problem(by=request.subject, batch=batch, problem=min(problem, 2**63 - 1), reply=said.reply)
    return Status(204, None)
