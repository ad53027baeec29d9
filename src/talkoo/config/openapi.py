"""What the API says of itself: the OpenAPI 3.1 document, and the page that people read.

django-ninja writes the operations from the functions that answer. What is the same for all stands here once: how to
speak, what may be refused, which headers there are.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from talkoo.access.bearer import Bearer
from talkoo.access.scopes import Scope
from talkoo.config.api import api
from talkoo.config.refusals import API
from talkoo.lib.api.examples import example_of
from talkoo.lib.api.problems import PROBLEM, Problem

Json = dict[str, Any]
ABOUT = """\
Batches, work, results, people and webhooks of Talkoo, for programs. The rules of the pages hold: a token never does more than its scopes, and a \
personal token never more than its person.

**Token.** Make one under “Sign-in and security” (it acts as you) or, as an administrator, under “Service tokens” (it \
acts for your organisation). Send it as `Authorization: Bearer talkoo_pat_…`.

**Lists** come in pages: `next` is the cursor of the next one, null on the last. A cursor belongs to its list and \
filters.

**Sending twice.** Give a POST an `Idempotency-Key` (a fresh UUID): for 24 hours the same request with the same key \
gets the same response and does nothing again. Refusals are not kept.

**Errors** are problem+json (RFC 9457): `detail` says what happened, `remedy` what to do, `errors` where.
"""
REFUSED = {
    400: "The cursor, the body or a header cannot be read.",
    401: "No token, or one that opens nothing any more.",
    403: "The token lacks the scope, or its bearer the right.",
    404: "There is no such thing, or none that the bearer may know of.",
    406: "Nobody speaks the form asked for.",
    409: "The thing is in another state by now, or the same Idempotency-Key is being worked on.",
    412: "The thing was changed since it was read.",
    413: "The body is too large.",
    415: "The body is of another type.",
    422: "What was sent does not fit; `errors` says where.",
    429: "Too many calls in this minute; `Retry-After` says when to go on.",
    500: "Our mistake. It is written down.",
    503: "The database is away; `Retry-After` says when to come again.",
}
ALWAYS, WITH_BODY = {400, 401, 403, 404, 406, 429, 500, 503}, {409, 413, 415, 422}
EXAMPLE = """\
curl -H "Authorization: Bearer $TOKEN" SITE/api/v1/me
curl -H "Authorization: Bearer $TOKEN" SITE/api/v1/batches?state=open
"""
KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "A fresh UUID for each new request: sent again with the same key, it is done once.",
}  # fmt: skip
IN_PATHS = {
    "code": {"maxLength": 40, "pattern": "^[-a-zA-Z0-9_]+$", "examples": ["h7k2m9pq"]},
    "number": {"minimum": 0, "examples": [17]},
    "problem": {"minimum": 0, "examples": [5]},
}
STREAMS = {"application/x-ndjson": "One JSON object a line.", "text/csv": "With form=csv."}


@cache
def openapi() -> Json:
    """The whole document. Made once: it hangs on the code alone."""
    made: Json = json.loads(json.dumps(api.get_openapi_schema(path_prefix=API.strip("/") + "/")))
    made["info"]["description"] = ABOUT
    made["servers"] = [{"url": "/"}]
    made["tags"] = [{"name": tag} for tag in dict.fromkeys(tag for each in operations(made) for tag in each["tags"])]
    schemas = made["components"]["schemas"]
    schemas |= Problem.model_json_schema(ref_template="#/components/schemas/{model}").pop("$defs")
    schemas["Problem"] = _problem_schema()
    made["components"]["responses"] = {_named(status): _refusal(status) for status in REFUSED}
    made["components"]["securitySchemes"] = {"token": _scheme()}
    scopes = {operation.operation_id: _scope(operation) for operation in _bound()}
    for method, operation in _each(made):
        _finish(method, operation, scopes[operation["operationId"]])
        _exemplify(operation, schemas)
    return made


def _problem_schema() -> Json:
    found = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    found.pop("$defs", None)
    return found


def _scheme() -> Json:
    scopes = "\n".join(f"- `{scope.value}`: {scope.label}" for scope in Scope)
    about = f"A personal or a service token. Its scopes:\n\n{scopes}"
    return {"type": "http", "scheme": "bearer", "bearerFormat": "talkoo_pat_… or talkoo_svc_…", "description": about}


def _bound() -> Iterator[Any]:
    for router in api._get_bound_routers():  # noqa: SLF001 - the library has no public way to its operations
        for view in router.path_operations.values():
            yield from view.operations


def _scope(operation: Any) -> str | None:
    return next((each.scope for each in operation.auth_callbacks if isinstance(each, Bearer) and each.scope), None)


def _each(made: Json) -> Iterator[tuple[str, Json]]:
    for path in made["paths"].values():
        yield from path.items()


def operations(made: Json) -> Iterator[Json]:
    """Each operation with its method and path beside what the document says of it."""
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield {"method": method.upper(), "path": path, **operation}


def _finish(method: str, operation: Json, scope: str | None) -> None:
    operation["security"] = [{"token": [scope] if scope else []}]
    for each in operation["parameters"]:
        if each["in"] == "path":
            each["schema"] |= IN_PATHS[each["name"]]
    operation["responses"] |= {
        str(status): {"$ref": f"#/components/responses/{_named(status)}"} for status in _refusals(method, operation)
    }
    if method == "post":
        operation["parameters"].append(KEY)
    if operation["operationId"] == "stream_results":
        schema = {"type": "string"}
        operation["responses"]["200"]["content"] = {
            name: {"schema": schema, "example": words} for name, words in STREAMS.items()
        }


def _exemplify(operation: Json, schemas: Json) -> None:
    """Put an example beside every body that goes in or comes out."""
    answers = [each for status, each in operation["responses"].items() if status < "300"]
    for part in [*answers, operation.get("requestBody", {})]:
        for content in part.get("content", {}).values():
            content.setdefault("example", example_of(content["schema"], schemas))


def _refusals(method: str, operation: Json) -> list[int]:
    """What an operation may be refused with."""
    found = set(ALWAYS)
    if method != "get":
        found |= {409, 422}
    if operation["parameters"]:
        found.add(422)
    if "requestBody" in operation:
        found |= WITH_BODY
    if any(each["name"] == "If-Match" for each in operation["parameters"]):
        found.add(412)
    return sorted(found)


def _named(status: int) -> str:
    return f"Problem{status}"


def _refusal(status: int) -> Json:
    example = {
        "type": "about:blank",
        "title": "That could not be used",
        "status": status,
        "detail": REFUSED[status],
        "remedy": "Look at the documentation.",
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    found: Json = {"description": REFUSED[status], "content": {PROBLEM: {"schema": schema, "example": example}}}
    if status in {429, 503}:
        about = "How many seconds to wait."
        found["headers"] = {"Retry-After": {"description": about, "schema": {"type": "integer"}}}
    if status == 401:
        about = "How to speak."
        found["headers"] = {"WWW-Authenticate": {"description": about, "schema": {"type": "string"}}}
    return found


@require_safe
def document(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Open to everybody: it holds nothing but the form of the API."""
    return HttpResponse(json.dumps(openapi(), ensure_ascii=False), content_type="application/json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same for people: no script of anybody, not even our own, is needed to read it."""
    site = settings.BASE_URL or f"{request.scheme}://{request.get_host()}"
    context = {"groups": _groups(), "scopes": Scope.choices, "example": EXAMPLE.replace("SITE", site)}
    return render(request, "api/docs.html", context)


def _groups() -> list[tuple[str, list[Json]]]:
    """The operations by tag, as the page shows them."""
    made = openapi()
    found: dict[str, list[Json]] = {}
    for each in operations(made):
        found.setdefault(each["tags"][0], []).append(_readable(each))
    return list(found.items())


def _readable(operation: Json) -> Json:
    status = min(operation["responses"])
    return {
        **operation,
        "paragraphs": [" ".join(words.split()) for words in operation["description"].split("\n\n")],
        "scope": next(iter(operation["security"][0]["token"]), ""),
        "status": status,
        "sent": _printed(operation.get("requestBody", {})),
        "answered": _printed(operation["responses"][status]),
        "refusals": [each for each in operation["responses"] if each >= "400"],
    }


def _printed(part: Json) -> str:
    """The first example of a body, as it would travel."""
    for content in part.get("content", {}).values():
        example = content["example"]
        return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)
    return ""
