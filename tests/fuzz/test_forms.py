"""Forms as nobody fills them in: every page that takes a POST, every kind of person, every kind of rubbish. No fault of ours.

Each form begins as a browser would send it untouched, so that what is broken in it meets the action behind it. A try is a
savepoint that is rolled back. The long run prints what each form answered:

    pytest -m full -s tests/fuzz/test_forms.py
"""

import os
import traceback
import zlib
from collections import defaultdict
from random import Random
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.architecture.conftest import undone
from tests.architecture.routes import ALLAUTH, ALLAUTH_AT, MISSING, NO, PAGE, ROUTES
from tests.architecture.test_routes import FIELDS, address
from tests.fuzz.harvest import forms_of
from tests.fuzz.rubbish import Fields, Rubbish, listed
from tests.fuzz.tally import Tally

POSTED = [key for key, route in ROUTES.items() if route.post != NO]
SIGNING_IN = [name for name, (visitor, person) in ALLAUTH.items() if {visitor[1], person[1]} - {NO, MISSING}]
PEOPLE = (None, "contributor", "owner", "reviewer", "coordinator", "officer", "administrator", "outsider", "abroad")
MANY = int(os.environ.get("FUZZ_POSTS", "10000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))


@pytest.fixture(scope="module")
def tally():
    """Printed when all is done; to be seen with `-s`."""
    counted = Tally("form")
    yield counted
    print(f"\n{counted.table()}")


@pytest.fixture(scope="module")
def ids(world, django_db_blocker) -> list[str]:
    """What stands for a thing of somebody: every code and number of this small world."""
    return sorted({str(value) for parts in world.at.values() for value in parts.values()})


@pytest.fixture(scope="module")
def fields(world, django_db_blocker) -> dict[str, Fields]:
    """For each address the fields of its form, read off all the pages that there are."""
    found: dict[str, Fields] = defaultdict(list)
    with django_db_blocker.unblock():
        for key in [key for key, route in ROUTES.items() if route.get == PAGE]:
            with undone():
                shown = world.client(ROUTES[key].right).get(address(world, key))
            if shown.headers["Content-Type"].startswith("text/html"):
                for where, said in forms_of(address(world, key), shown.content.decode()).items():
                    found[where] += [each for each in said if each not in found[where]]
    return found


def _address(world: Any, key: str) -> str:
    return address(world, key) if key in ROUTES else reverse(key, kwargs=ALLAUTH_AT.get(key))


def _post(world: Any, who: str | None, where: str, body: tuple[bytes, str], rng: Random) -> Any:
    headers = {"HX-Request": "true"} if rng.random() < 0.2 else {}
    cache.clear()  # sign-in counts who tries too often; here everybody may go on
    with undone():
        response = world.client(who).generic("POST", where, *body, headers=headers)
        if response.streaming:
            b"".join(response.streaming_content)
    return response


def _attack(world: Any, tally: Tally, key: str, *, known: Fields, ids: list[str], times: int) -> list[str]:
    """Post so often to one form, by its right person and by others; returns what broke, each with how to do it again."""
    route, where, broken = ROUTES.get(key), _address(world, key), []
    own = [*known, *listed(route.data)] if route else known
    people = [route.right if route else "contributor"] * 8 + list(PEOPLE)
    for number in range(times):
        rng = Random(zlib.crc32(f"{SEED} {key} {number}".encode()))
        who, body = rng.choice(people), Rubbish(rng, own, FIELDS, ids).body()
        response = _post(world, who, where, body, rng)
        tally.add(key, response.status_code)
        if response.status_code >= 500:
            broken.append(f"{key} as {who}, try {number}, {body[1][:60]}: {body[0][:300]!r}\n{_fault(response)}")
    return broken


def _fault(response: Any) -> str:
    failed = getattr(response, "exc_info", None)
    return "".join(traceback.format_exception(*failed)[-8:]) if failed else response.content.decode()[:300]


def test_no_form_breaks_whatever_is_posted(world, tally, ids):
    broken = [each for key in [*POSTED, *SIGNING_IN] for each in _attack(world, tally, key, known=[], ids=ids, times=1)]
    assert not broken, "\n".join(broken)


@pytest.mark.full
@pytest.mark.parametrize("key", [*POSTED, *SIGNING_IN])
def test_ten_thousand_forms_break_nothing(world, tally, fields, ids, key):
    known, times = fields[_address(world, key)], MANY // len([*POSTED, *SIGNING_IN]) + 1
    broken = _attack(world, tally, key, known=known, ids=ids, times=times)
    assert not broken, "\n".join(broken)
