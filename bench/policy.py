"""How fast the rules decide: one at a time, and the rows of a list at once. Prints one table.

PYTHONPATH=src:. python bench/policy.py [--decisions 20000]
"""

import argparse
import random
import time
from statistics import median

from talkoo.engines.policy import Act, load
from tests.engines.policy import asking

ROWS = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=20_000)
    asked = parser.parse_args()
    rng = random.Random(0)
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
    print(f"{'a list of 50 rows, all different':36}{median(lists):10.1f} ms (slowest {max(lists):.1f} ms)")


if __name__ == "__main__":
    main()
