"""Every operation of the API × everybody × every method, generated from its own document. The table is in operations.py."""

import json
import re

import pytest
from django.urls import URLPattern, get_resolver
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from talkoo.access.permissions import Permission
from talkoo.access.scopes import PERMISSIONS, WITHHELD, Scope
from talkoo.audit.models import Event
from talkoo.config.openapi import openapi, operations
from talkoo.people.models import Organisation, Person
from tests.architecture.conftest import undone
from tests.architecture.operations import OPERATIONS
from tests.architecture.sources import report
from tests.callers import EVERY, Caller, service_of, token_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
DOCUMENTED = {each["operationId"]: each for each in operations(openapi())}
REGISTRY = Registry().with_resource("document", Resource.opaque(openapi()))


@pytest.fixture(scope="module")
def callers(world, django_db_blocker):
    """A program for everybody who stands in the table, each with all the scopes they may have."""
    with django_db_blocker.unblock():
        made = {who: Caller(token_of(by)) for who, by in world.people.items()}
        made["nobody"], made["stranger"] = Caller(), Caller("talkoo_pat_" + "x" * 46)
        north = Organisation.objects.get(**world.at["organisation:north"])
        made["service"] = Caller(service_of(world.people["administrator"], north))
        world.email = lambda who: Person.objects.get(pk=world.people[who].person_id).email
    return made


def _path(world, name: str) -> str:
    found = DOCUMENTED[name]["path"]
    for part, value in (world.at[OPERATIONS[name].at] if OPERATIONS[name].at else {}).items():
        found = found.replace(f"{{{part}}}", str(value))
    return found


def _call(world, caller: Caller, name: str):
    case, method = OPERATIONS[name], DOCUMENTED[name]["method"]
    path = _path(world, name)
    if case.file:
        from tests.architecture.operations import _letters

        return caller.upload(path.removeprefix("/api/v1"), _letters(), mapping='{"no": "name", "words": "source"}')
    return caller.call(method, path, case.body(world) if callable(case.body) else case.body)


def _done() -> int:
    return Event.objects.exclude(action="access.refused").count()


def test_every_operation_is_in_the_table():
    unlisted = sorted(DOCUMENTED.keys() ^ OPERATIONS.keys())
    assert not unlisted, report(unlisted)


def test_every_address_of_the_api_is_in_its_document():
    api = next(each for each in get_resolver().url_patterns if getattr(each, "namespace", "") == "api")
    routes = {
        re.sub(r"<\w+:(\w+)>", r"{\1}", str(each.pattern)) for each in api.url_patterns if isinstance(each, URLPattern)
    }
    routes -= {""}  # the root of django-ninja, for making addresses
    assert {f"/api/v1/{route}" for route in routes} == set(openapi()["paths"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_everybody_gets_what_the_table_says(world, callers, name):
    case, wrong = OPERATIONS[name], []
    wanted = {
        "nobody": 401,
        "stranger": 401,
        "outsider": case.outsider,
        "abroad": case.outsider if case.abroad is None else case.abroad,
        "guest": 401,
        "service": case.service,
        case.right: case.status,
    }
    for who, status in wanted.items():
        with undone():
            before = _done()
            response = _call(world, callers[who], name)
            if response.status_code != status:
                wrong.append(f"{name} as {who}: {response.status_code}, should be {status}: {_words(response)}")
            if response.status_code >= 400 and _done() != before:
                wrong.append(f"{name} as {who}: refused, but something was done")
            wrong += [f"{name} as {who}: {fault}" for fault in _faults(name, response)]
    assert not wrong, report(wrong)


def _words(response) -> str:
    failed = getattr(response, "exc_info", None)
    return f"{failed[0].__name__}: {failed[1]}" if failed else response.content.decode()[:300]


def _faults(name: str, response) -> list[str]:
    """Where a response is not as the document says."""
    described = DOCUMENTED[name]["responses"].get(str(response.status_code))
    if described is None:
        return [f"{response.status_code} is not documented"]
    if "$ref" in described:
        described = openapi()["components"]["responses"][described["$ref"].rsplit("/", 1)[1]]
    if "content" not in described:
        return ["has a body"] if response.content else []
    kind = response.headers["Content-Type"].partition(";")[0]
    if kind not in described["content"]:
        return [f"{kind} is not documented"]
    if not kind.endswith("json") or "ndjson" in kind:
        return []
    return _unfit(described["content"][kind]["schema"], json.loads(response.content))


def _unfit(schema, value) -> list[str]:
    pointed = json.loads(json.dumps(schema).replace('"#/', '"document#/'))
    return [error.message for error in Draft202012Validator(pointed, registry=_registry()).iter_errors(value)]


def _registry():
    whole = json.loads(json.dumps(openapi()).replace('"#/', '"document#/'))
    return Registry().with_resource("document", Resource.opaque(whole))


@pytest.mark.parametrize("name", [name for name in OPERATIONS if DOCUMENTED[name]["security"][0]["token"]])
def test_a_token_without_the_scope_is_told_which_it_lacks(world, callers, name):
    case, scope = OPERATIONS[name], DOCUMENTED[name]["security"][0]["token"][0]
    with undone():
        lacking = Caller(token_of(world.people[case.right], *[each for each in EVERY if each != scope]))
        before = _done()
        response = _call(world, lacking, name)
        assert (response.status_code, _done()) == (403, before)
    assert f'error="insufficient_scope", scope="{scope}"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", openapi()["paths"])
def test_other_methods_are_refused_with_those_there_are(world, callers, path):
    name = next(name for name, each in DOCUMENTED.items() if each["path"] == path)
    known = {method.upper() for method in openapi()["paths"][path]}
    for method in set(METHODS) - known:
        response = callers[OPERATIONS[name].right].call(method, _path(world, name))
        assert response.status_code == 405, method
        assert response.headers["Content-Type"] == "application/problem+json"
        assert set(response.headers["Allow"].split(", ")) >= known


def test_every_permission_is_in_a_scope_or_withheld_on_purpose():
    given = frozenset().union(*PERMISSIONS.values())
    assert given.isdisjoint(WITHHELD)
    assert given | WITHHELD == set(Permission)
    assert set(PERMISSIONS) == set(Scope)


def test_every_operation_has_an_example_that_fits_its_own_schema():
    wrong = []
    for name, each in DOCUMENTED.items():
        answers = [answer for status, answer in each["responses"].items() if status < "300"]
        for part in [*answers, each.get("requestBody", {})]:
            for content in part.get("content", {}).values():
                wrong += [f"{name}: {fault}" for fault in _unfit(content["schema"], content["example"])]
    assert not wrong, report(wrong)
