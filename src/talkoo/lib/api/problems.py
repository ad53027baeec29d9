"""Errors as problem+json (RFC 9457), one form for all."""

import json
from collections.abc import Mapping, Sequence
from http.client import responses
from typing import Any

from django.http import HttpResponse
from ninja import Field, Schema

from talkoo.lib.errors import DomainError

PROBLEM = "application/problem+json"


class Changed(DomainError):
    """What was read is no longer so: the precondition of the request does not hold."""

    status = 412


class Fault(Schema):
    """One thing to put right: `pointer` (RFC 6901) into the body, or the name of a `parameter` or `header`."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None


class Problem(Schema):
    """What went wrong and what to do about it."""

    type: str = Field("about:blank", description="Always about:blank: the status says what kind of problem it is.")
    title: str
    status: int
    detail: str
    remedy: str = Field("", description="What to do about it.")
    obligation: str = Field(
        "", description="What would open it first, such as second-factor; empty where nothing would."
    )
    obligations: list[str] = Field(default_factory=list, description="Everything that is missing to open it.")
    errors: list[Fault] = Field(default_factory=list, description="What is wrong with what was sent, place by place.")


def problem(
    status: int,
    detail: str,
    remedy: str = "",
    *,
    title: str = "",
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The response for a problem; `errors` as in Fault, left out where there are none. `more`: further members of Problem."""
    body: dict[str, Any] = {"type": "about:blank", "title": title or responses.get(status, ""), "status": status}
    body |= {"detail": detail, "remedy": remedy} | ({"errors": list(errors)} if errors else {})
    body |= more or {}
    content = json.dumps(body, ensure_ascii=False).encode()
    return HttpResponse(content, content_type=PROBLEM, status=status, headers=dict(headers or {}))


def pointed(fields: Mapping[str, str]) -> list[dict[str, str]]:
    """Faults of the fields of a body."""
    return [
        {"pointer": f"/{name.replace('~', '~0').replace('/', '~1')}", "detail": words} for name, words in fields.items()
    ]


def located(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Faults from the errors of pydantic as django-ninja collects them: (source, parameter, path …)."""
    return [{**_place([str(part) for part in error["loc"]]), "detail": str(error["msg"])} for error in errors]


def _place(loc: Sequence[str]) -> dict[str, str]:
    source, rest = loc[0], list(loc[1:])
    if source in {"query", "path"}:
        return {"parameter": rest[-1] if rest else ""}
    if source == "header":
        return {"header": rest[-1] if rest else ""}
    path = rest[1:] if source == "body" else rest
    return {"pointer": "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in path)}
