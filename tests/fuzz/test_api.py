"""The API attacked by its own document, for every role: no fault of ours, nothing that the document does not say.

Schemathesis makes the requests, those that fit the schema and those that do not, and judges the answers. They go to the
application in this process, each in a transaction that is rolled back: so every one meets the whole small world. The
long run prints who got which status:

    pytest -m full -s tests/fuzz/test_api.py
"""

import os
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from django.test.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from talkoo.config.openapi import openapi
from talkoo.people.models import Organisation
from tests.architecture.conftest import undone
from tests.architecture.operations import OPERATIONS
from tests.callers import service_of, token_of
from tests.fuzz.tally import Tally

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DOCUMENT = schemathesis.openapi.from_dict(openapi())
ATTACKED = {each.ok().definition.raw["operationId"]: each.ok() for each in DOCUMENT.get_all_operations()}
MANY = int(os.environ.get("FUZZ_EXAMPLES", "200"))  # requests for each operation in the long run
ROLES = ("contributor", "owner", "reviewer", "coordinator", "administrator", "abroad", "service")


@dataclass
class Attacker:
    """Sends what schemathesis made, with the token of one role."""

    secret: str
    client: Client

    def send(self, case: Any) -> Response:
        made = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
        made.headers["Authorization"] = f"Bearer {self.secret}"
        headers = {
            name: value
            for name, value in made.headers.items()
            if name.lower() not in {"content-type", "cookie", "accept-encoding"}
        }
        body = made.body.encode() if isinstance(made.body, str) else made.body or b""
        kind = made.headers.get("Content-Type", "")
        found = self.client.generic(made.method, made.path_url, body, kind, headers=headers)
        content = b"".join(found.streaming_content) if found.streaming else found.content
        seen = {name.lower(): [value] for name, value in found.headers.items()}
        return Response(found.status_code, seen, content, made, elapsed=0.1, verify=False)


@pytest.fixture(scope="module")
def attackers(world, django_db_blocker):
    with django_db_blocker.unblock():
        secrets = {who: token_of(world.people[who]) for who in ROLES if who != "service"}
        north = Organisation.objects.get(**world.at["organisation:north"])
        secrets["service"] = service_of(world.people["administrator"], north)
    return {who: Attacker(secret, Client(raise_request_exception=False)) for who, secret in secrets.items()}


@pytest.fixture(scope="module")
def tally():
    """Printed when all is done; to be seen with `-s`."""
    counted = Tally("role")
    yield counted
    print(f"\n{counted.table()}")


def _attack(world, attackers, tally: Tally, name: str, *, examples: int, anew: bool) -> int:
    """So many requests for one operation, by changing roles, some at what is there and some at anything; how many came."""
    operation, known = ATTACKED[name], world.at.get(OPERATIONS[name].at, {})
    roles = [OPERATIONS[name].right, *ROLES]
    modes = [operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]
    if known:
        here = {part: str(value) for part, value in known.items()}
        modes.insert(0, operation.as_strategy(generation_mode=GenerationMode.POSITIVE, path_parameters=here))

    @settings(
        max_examples=examples,
        derandomize=not anew,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(modes), who=st.sampled_from(roles))
    def attack(case: Any, who: str) -> None:
        with undone():
            response = attackers[who].send(case)
            tally.add(who, response.status_code)
            case.validate_response(response, checks=CHECKS)

    before = tally.seen.total()
    attack()
    return tally.seen.total() - before


def test_the_document_is_valid_openapi_3_1():
    DOCUMENT.validate()
    assert openapi()["openapi"].startswith("3.1.")


def test_every_operation_is_attacked():
    assert set(ATTACKED) == set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_answers_as_documented_whatever_is_sent(world, attackers, tally, name):
    assert _attack(world, attackers, tally, name, examples=2, anew=False)


@pytest.mark.full
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_answers_as_documented_to_very_many_requests(world, attackers, tally, name):
    assert _attack(world, attackers, tally, name, examples=MANY, anew=True)
