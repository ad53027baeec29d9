"""How fast the rules decide: one at a time, and the rows of a list at once; what counting costs at the door. Prints one table.

PYTHONPATH=src:. DJANGO_SETTINGS_MODULE=tests.settings python bench/policy.py [--decisions 20000]
"""

import argparse
import random
import time
from datetime import UTC, datetime
from statistics import median

import django

from talkoo.access import counting
from talkoo.access.context import Assurance, Context
from talkoo.access.permissions import Permission, Relation
from talkoo.access.queries import Resource, decision, measuring
from talkoo.access.subject import Subject
from talkoo.engines.policy import Act, load
from tests.engines.policy import asking

ROWS, ROUNDS = 50, 21
ON = Resource("batch", "b", 1, frozenset({Relation.PARTICIPANT}), sensitivity=1)


def door(number: int) -> float:
    """Microseconds of processor for a decision at the door, asked again and again as in a process that serves people."""
    by = Subject(1, "Amina", 1, "Town", context=Context(Assurance.TWO, signed_in=datetime.now(UTC)))
    spent = time.process_time()
    for _ in range(number):
        decision(by, Permission.BATCH_SEE, ON)
    return 1e6 * (time.process_time() - spent) / number


def counted() -> tuple[float, float]:
    """Without counting and with it, in turn: medians."""
    measuring.Known.agreed, measuring.Known.until = {1: frozenset({measuring.ANYTHING})}, float("inf")
    without, with_it = [], []
    for _ in range(ROUNDS):
        counting.Tally.counts = None
        without.append(door(2_000))
        counting.Tally.counts = {}
        with_it.append(door(2_000))
    return median(without), median(with_it)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=20_000)
    asked = parser.parse_args()
    rng = random.Random(0)
    django.setup()
    begun = time.perf_counter()
    policies = load(asking.text(".cedar"), asking.text(".cedarschema"))
    loaded = 1e3 * (time.perf_counter() - begun)
    drawn = [
        asking.request(rng.choice(list(Act)), {name: rng.choice(values) for name, values in asking.VALUES.items()})
        for _ in range(asked.decisions)
    ]
    begun, spent = time.perf_counter(), time.process_time()
    allowed = sum(policies.decide(one).allowed for one in drawn)
    rate = asked.decisions / (time.perf_counter() - begun)
    alone = asked.decisions / (time.process_time() - spent)
    lists = []
    for first in range(0, asked.decisions, ROWS):
        begun = time.perf_counter()
        policies.decide_many(drawn[first : first + ROWS])
        lists.append(1e3 * (time.perf_counter() - begun))
    print(f"{'rules read and proved':36}{loaded:10.1f} ms")
    print(f"{'decisions, one at a time':36}{rate:10,.0f} a second ({allowed} of {asked.decisions} allowed)")
    print(f"{'the same, by time on the processor':36}{alone:10,.0f} a second")
    before, after = counted()
    print(f"{'a decision at the door':36}{before:10.1f} us, counted {after:.1f} us: {after / before:.2f} times")
    print(f"{'a list of 50 rows, all different':36}{median(lists):10.1f} ms (slowest {max(lists):.1f} ms)")


if __name__ == "__main__":
    main()
