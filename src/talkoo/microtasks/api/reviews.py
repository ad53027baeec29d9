"""What waits for a reviewer, and the decision."""

from typing import Any

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status

from talkoo.access.bearer import Bearer, Calling
from talkoo.access.scopes import Scope
from talkoo.lib.api.pages import Page, Paging, page_of
from talkoo.lib.api.texts import Text
from talkoo.lib.errors import Invalid
from talkoo.microtasks.actions.results import review_task
from talkoo.microtasks.api.results import ResultOut
from talkoo.microtasks.models import Result
from talkoo.microtasks.queries.reviews import access_review, waiting_reviews

router = Router()
REVIEW = Bearer(Scope.REVIEWS_WRITE)


class ReviewOut(Schema):
    """An item that people could not agree on."""

    batch: str = Field(alias="batch.code", examples=["h7k2m9pq"])
    number: int = Field(examples=[17])
    name: str = Field(examples=["L-0017"])
    question: str = Field(alias="batch.question", examples=["What is this letter about?"])
    item: dict[str, Any] = Field(alias="payload", examples=[{"source": "The lamp at the quay is broken."}])
    answers: int = Field(alias="done", examples=[4])


class Reviews(Schema):
    items: list[ReviewOut]
    next: str | None


class DecisionIn(Schema):
    """What the result should be, and why."""

    value: Any = Field(examples=["Traffic"])
    note: Text = Field("", max_length=2000, examples=["The second page says so."])


@router.get("/reviews", auth=REVIEW, response=Reviews, operation_id="list_reviews", summary="Reviews that wait for me")
def list_reviews(request: Calling, response: HttpResponse, paging: Query[Paging]) -> Page:
    """Items the caller may decide and did not answer."""
    return page_of(waiting_reviews(request.subject), paging, request=request, response=response, key="pk")


@router.post(
    "/batches/{slug:code}/tasks/{int:number}/review", auth=REVIEW, response={201: ResultOut},
    operation_id="review_task", summary="Decide",
)  # fmt: skip
def post_review(request: Calling, code: str, number: int, said: DecisionIn) -> Status[Result]:
    """Settle what people could not agree on. Whoever answered an item does not decide it."""
    task = access_review(request.subject, code, min(number, 2**31 - 1))
    try:
        result = review_task(by=request.subject, batch=task.batch, number=task.number, value=said.value, note=said.note)
    except Invalid as error:
        fields = {name if name == "note" else "value": words for name, words in error.fields.items()}
        raise Invalid(error.message, error.remedy, fields=fields) from None
    return Status(201, result)
