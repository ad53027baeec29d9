"""Work: what is offered, the next task, the answer. Only people answer: a service has no scope for it."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status
from pydantic.config import JsonDict

from talkoo.access.bearer import Bearer, Calling
from talkoo.access.permissions import Permission
from talkoo.access.scopes import Scope
from talkoo.access.subject import Subject
from talkoo.lib.api.pages import Page, Paging, page_of
from talkoo.lib.api.texts import Text
from talkoo.lib.errors import DomainError, Invalid
from talkoo.microtasks.actions import answers, assignments
from talkoo.microtasks.models import Assignment, AssignmentState, Batch
from talkoo.microtasks.queries.batches import access_batch, offered_batches
from talkoo.microtasks.queries.work import access_assignment, check_readable, remaining
from talkoo.microtasks.task_types import task_type

router = Router()
ANSWER = Bearer(Scope.TASKS_ANSWER)
CODE = "0b8f2b60-5f0c-4f2f-9d0e-3a5b1f0d7c11"
HELD: JsonDict = {
    "code": CODE, "batch": "h7k2m9pq", "number": 17, "name": "L-0017", "state": "leased",
    "lease_until": "2026-11-25T11:30:00Z", "item": {"source": "The lamp at the quay is broken."},
    "question": {
        "task_type": "choice", "text": "What is this letter about?", "help": "", "instruction": 1, "language": "en",
        "ask_sure": True,
        "settings": {"options": ["Traffic", "Light", "Trees"]}, "answer_schema": {"enum": ["Traffic", "Light", "Trees"]},
    },
}  # fmt: skip
LEFT: JsonDict = {"open": 0, "mine": 3, "skipped": 0, "in_other_hands": 2, "beyond": 0, "settled": 95, "total": 100}


class OfferOut(Schema):
    """A batch that is offered."""

    code: str = Field(examples=["h7k2m9pq"])
    title: str = Field(examples=["Letters about the new harbour road"])
    summary: str = Field(examples=["Read a letter and say what it is about"])
    language: str = Field(description="Of its items, by its BCP 47 tag; empty where none was said.", examples=["en"])
    organisation: str = Field(alias="organisation.name", examples=["Northtown"])
    task_type: str = Field(examples=["choice"])
    minutes: float = Field(description="Stated for one item.", examples=[2.0])
    deadline: date | None = Field(examples=["2027-01-29"])
    may_choose: bool = Field(description="Whether a task may be chosen by number.", examples=[False])
    tasks: int = Field(alias="tasks_total", examples=[5000])


class Offers(Schema):
    items: list[OfferOut]
    next: str | None


class QuestionOut(Schema):
    """What is asked, and in JSON Schema what an answer looks like."""

    task_type: str
    text: str
    help: str
    instruction: int = Field(description="Version of these words, text and help: send it back with the answer.")
    language: str = Field(description="Of the item and the question, by its BCP 47 tag; empty where none was said.")
    ask_sure: bool
    settings: dict[str, Any]
    answer_schema: dict[str, Any]


class HeldOut(Schema):
    """A task in the caller's hands."""

    model_config = {"json_schema_extra": {"examples": [HELD]}}

    code: UUID
    batch: str
    number: int
    name: str
    state: AssignmentState
    lease_until: datetime = Field(
        description="Until then nobody else gets it; renew it, or answer later: nothing is lost."
    )
    item: dict[str, Any]
    question: QuestionOut


class LeftOut(Schema):
    """Why there is nothing to hand out now."""

    open: int
    mine: int = Field(description="Answered by the caller, and still to be changed: items with a known answer as well.")
    skipped: int = Field(description="Given back by the caller, and not settled: items with a known answer as well.")
    in_other_hands: int | None = Field(description="Null where items with a known answer are mixed in.")
    beyond: int = Field(description="Open pieces of records of which the caller, or their organisation, had enough.")
    settled: int
    total: int


class TakenOut(Schema):
    """The next task; or null, and then in counts what is left. Of a number that is not handed out no more is told."""

    model_config = {"json_schema_extra": {"examples": [{"task": HELD, "left": None}, {"task": None, "left": LEFT}]}}

    task: HeldOut | None
    left: LeftOut | None


class TakeIn(Schema):
    """Nothing: the next one. A number: that one, where the batch lets people choose."""

    number: int | None = Field(None, ge=1, le=2**31 - 1, examples=[None])


class AnswerIn(Schema):
    """An answer. `value` has the form of the question's `answer_schema`; without one, `cannot` says why."""

    key: UUID = Field(description="Fresh for every answer: sending the same one twice does nothing.", examples=[CODE])
    value: Any = Field(None, examples=["Traffic"])
    cannot: Literal["", "unreadable", "off-topic", "conflict", "other"] = Field("", examples=[""])
    sure: int | None = Field(None, ge=1, le=3, description="1 not sure, 2 fairly, 3 very sure.", examples=[2])
    note: Text = Field("", max_length=4000, examples=[""])
    instruction: int | None = Field(
        None, ge=1, le=2**15 - 1, examples=[1],
        description="The `instruction` of the question that was read. Without it the answer counts as given under the "
        "words of now.",
    )  # fmt: skip
    next: bool = Field(False, description="Hand out the next task in the same call.", examples=[True])


class SubmittedOut(Schema):
    """What became of the answer."""

    model_config = {
        "json_schema_extra": {
            "examples": [
                {"code": CODE, "version": 1, "counted": True, "settled": False, "next": {"task": HELD, "left": None}}
            ]
        }
    }

    code: UUID
    version: int
    counted: bool = Field(description="False: it came after the task was settled, and is kept beside the result.")
    settled: bool
    next: TakenOut | None


class ReportIn(Schema):
    text: Text = Field(min_length=1, max_length=1000, examples=["The scan is upside down."])


@router.get("/offers", auth=ANSWER, response=Offers, operation_id="list_offers", summary="Work that is offered")
def list_offers(request: Calling, response: HttpResponse, paging: Query[Paging]) -> Page:
    """Open batches the caller may answer, newest first."""
    found = offered_batches(request.subject).select_related("organisation")
    return page_of(found, paging, request=request, response=response)


@router.post(
    "/offers/{slug:code}/next", auth=ANSWER, response=TakenOut, operation_id="take_task", summary="The next task"
)
def post_next(request: Calling, code: str, said: TakeIn) -> dict[str, Any]:
    """Hand out the next task of a batch; who holds one already gets that one back, with its lease renewed."""
    batch = access_batch(request.subject, code, Permission.TASK_ANSWER)
    return _taken(request.subject, batch, said.number)


def _taken(by: Subject, batch: Batch, number: int | None = None) -> dict[str, Any]:
    held = assignments.take_task(by=by, batch=batch, number=number)
    if held is None:
        return {"task": None, "left": remaining(by, batch) if number is None else None}
    return {"task": _shown(by, held), "left": None}


def _shown(by: Subject, held: Assignment) -> dict[str, Any]:
    check_readable(by, held)
    batch, task = held.batch, held.task
    declared = task_type(batch.task_type)
    question = {
        "task_type": batch.task_type, "text": batch.question, "help": batch.help,
        "instruction": batch.instruction, "language": batch.language, "ask_sure": batch.ask_sure,
        "settings": batch.config, "answer_schema": dict(declared.answer_schema(batch.config)),
    }  # fmt: skip
    return {
        "code": held.code, "batch": batch.code, "number": task.number, "name": task.name, "state": held.state,
        "lease_until": held.lease_until, "item": task.payload, "question": question,
    }  # fmt: skip


@router.get(
    "/assignments/{uuid:code}", auth=ANSWER, response=HeldOut, operation_id="get_assignment", summary="A task of mine"
)
def get_assignment(request: Calling, code: UUID) -> dict[str, Any]:
    """A task in the caller's name, with its item and its question."""
    return _shown(request.subject, access_assignment(request.subject, code))


@router.post(
    "/assignments/{uuid:code}/answer", auth=ANSWER, response=SubmittedOut, operation_id="submit_answer",
    summary="Answer, and go on",
)  # fmt: skip
def post_answer(request: Calling, code: UUID, said: AnswerIn) -> dict[str, Any]:
    """Send an answer, or change the one sent before. Late answers are never dropped.

    With `next` the next task comes in the same call; that nothing can be handed out does not touch the answer.
    """
    try:
        done = answers.submit_answer(
            by=request.subject, code=code, key=said.key, value=None if said.cannot else said.value, cannot=said.cannot,
            sure=said.sure, note=said.note, instruction=said.instruction,
        )  # fmt: skip
    except Invalid as error:
        fields = {
            name if name in {"cannot", "sure", "note"} else "value": words for name, words in error.fields.items()
        }
        raise Invalid(error.message, error.remedy, fields=fields) from None
    return {
        "code": code, "version": done.answer.version, "counted": done.counted, "settled": done.settled,
        "next": _next(request.subject, done.assignment.batch) if said.next else None,
    }  # fmt: skip


def _next(by: Subject, batch: Batch) -> dict[str, Any]:
    try:
        return _taken(by, batch)
    except DomainError:
        return {"task": None, "left": remaining(by, batch)}


@router.post(
    "/assignments/{uuid:code}/skip", auth=ANSWER, response={204: None}, operation_id="skip_task", summary="Give it back"
)
def post_skip(request: Calling, code: UUID) -> Status[None]:
    """Give a task back for somebody else; nobody is told."""
    assignments.skip_task(by=request.subject, code=str(code))
    return Status(204, None)


@router.post(
    "/assignments/{uuid:code}/lease",
    auth=ANSWER,
    response=HeldOut,
    operation_id="renew_lease",
    summary="Keep it longer",
)
def post_lease(request: Calling, code: UUID) -> dict[str, Any]:
    """Keep a task for another half hour."""
    return _shown(request.subject, assignments.renew_lease(by=request.subject, code=str(code)))


@router.post(
    "/assignments/{uuid:code}/problems", auth=ANSWER, response={204: None}, operation_id="report_problem",
    summary="Report a problem",
)  # fmt: skip
def post_problem(request: Calling, code: UUID, said: ReportIn) -> Status[None]:
    """Tell the owner that something is wrong with the item. The task stays in hand."""
    assignments.report_problem(by=request.subject, code=str(code), text=said.text)
    return Status(204, None)
