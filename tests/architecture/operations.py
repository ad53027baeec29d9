"""What every operation of the API answers to whom. An operation that is not listed here fails the build.

`right` holds every scope and may do it; the outsider holds every scope too, and is of another town; so is somebody abroad, with
every role there; a guest gets no further than the door (401); the service is one
of the town with every scope a service may have. Whoever lacks the scope is told which (403), whoever has no token is
asked for one (401): that is so everywhere and stands in the test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from tests.architecture.routes import KEY

OK, MADE, TAKEN_IN, DONE, DENIED, MISSING, CHANGED, UNFIT = 200, 201, 202, 204, 403, 404, 409, 422


@dataclass(frozen=True)
class Operation:
    """`at` names the thing of the world that stands in the address; `body` may be made of the world."""

    right: str
    status: int
    at: str = ""
    body: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]] | None = None
    outsider: int = MISSING
    abroad: int | None = None  # who holds every role in the other town: as the outsider, where nothing else is said
    service: int = DENIED
    file: bool = False


def everybody(**more: Any) -> Operation:
    return Operation(**{"right": "contributor", "status": OK, "outsider": OK, "service": OK, **more})


def of_batch(**more: Any) -> Operation:
    return Operation(**{"right": "owner", "status": OK, "at": "batch", "service": more.get("status", OK), **more})


def of_draft(**more: Any) -> Operation:
    return of_batch(at="draft", **more)


def of_people(**more: Any) -> Operation:
    return Operation(**{"right": "coordinator", "status": OK, "service": more.get("status", OK), **more})


def by_people(**more: Any) -> Operation:
    """Only people work: no service has the scope."""
    return Operation(**{"right": "contributor", "status": OK, "at": "assignment", **more})


def _north(world: Any) -> str:
    return world.at["organisation:north"]["code"]


def _letters() -> BytesIO:
    file = BytesIO(b"no,words\n1,The lamp is broken\n2,The road is closed\n")
    file.name = "other-letters.csv"
    return file


OPERATIONS: dict[str, Operation] = {
    "me": everybody(),
    "list_skills": everybody(),
    "list_organisations": of_people(outsider=OK),
    # people
    "list_people": of_people(outsider=OK),
    "get_person": of_people(at="person:contributor"),
    "grant_role": of_people(status=MADE, at="person:contributor", body=lambda world: {"role": "task_owner", "organisation": _north(world)}),
    "end_role": of_people(status=DONE, at="role"),
    "list_invitations": of_people(outsider=OK),
    "invite_person": of_people(status=MADE, body=lambda world: {"email": "fresh@test.example", "organisation": _north(world)}),
    "withdraw_invitation": of_people(status=DONE, at="invitation"),
    # batches
    "list_batches": everybody(right="owner"),
    "create_batch": of_batch(status=MADE, at="", service=UNFIT, outsider=DENIED, body=lambda world: {"organisation": _north(world), "title": "Made by a program"}),
    "get_batch": of_batch(),
    "change_batch": of_draft(body={"title": "Called otherwise", "least": 3, "deadline": None}),
    "discard_draft": of_draft(status=DONE),
    "move_batch": of_batch(body={"verb": "pause"}),
    "copy_batch": of_batch(status=MADE, service=UNFIT, body={}),
    "get_progress": of_batch(),
    "add_batch_person": of_batch(status=DONE, body=lambda world: {"email": world.email("colleague"), "relation": "reviewer"}),
    # items
    "import_items": of_draft(status=TAKEN_IN, file=True),
    "get_import": of_draft(),
    "list_rejected": of_draft(),
    # results
    "list_tasks": of_batch(),
    "get_task": of_batch(at="settled"),
    "stream_results": of_batch(),
    "ask_again": of_batch(status=DONE, at="settled"),
    "send_to_review": of_batch(status=DONE, at="task"),
    "reply_to_problem": of_batch(status=DONE, at="problem", body={"reply": "Turned round"}),
    # work
    "list_offers": everybody(service=DENIED),
    "take_task": by_people(at="batch", body={}),
    "get_assignment": by_people(),
    "submit_answer": by_people(body={"key": KEY, "value": "Light", "sure": 2, "next": True}),
    "skip_task": by_people(status=DONE),
    "renew_lease": by_people(),
    "report_problem": by_people(status=DONE, body={"text": "Upside down"}),
    # reviews
    "list_reviews": everybody(right="reviewer", service=DENIED),
    "review_task": by_people(right="reviewer", status=MADE, at="review", body={"value": "Light", "note": "Page two"}),
    # webhooks
    "list_webhooks": everybody(right="owner"),
    "register_webhook": of_batch(status=MADE, at="", body=lambda world: {"organisation": _north(world), "url": "https://1.1.1.1/hook", "events": ["batch.closed"]}),
    "get_webhook": of_batch(at="webhook"),
    "remove_webhook": of_batch(status=DONE, at="webhook"),
    "rotate_webhook_secret": of_batch(at="webhook"),
    "switch_webhook": of_batch(at="webhook", body={"on": False}),
    "list_deliveries": of_batch(at="webhook"),
    "resend_delivery": of_batch(status=DONE, at="delivery"),
    # tokens
    "list_tokens": everybody(),
    "revoke_token": Operation("contributor", DONE, at="api token", service=MISSING),
}  # fmt: skip
