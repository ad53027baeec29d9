"""How often what was asked of the rules: facts without persons, so that a change of the rules can be tried on yesterday.

A web process keeps a tally in memory and adds it to the table once a minute, from a thread of its own and never in a
request. Who asked is no part of it. What a process has not handed in yet goes with it when it is killed.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any, TypeVar

from django.db import connection

from talkoo.engines.policy import NO_RULES, Act, Circumstances, Person, Request, Rules, Thing

log = logging.getLogger(__name__)
SECONDS = 60
FEWEST = 5  # what occurred less often may be somebody
MOST = 5_000  # kinds of decisions that one process counts in a minute; what is more rare than that is not missed
Counts = dict[tuple[int | None, Request], int]
Kind = TypeVar("Kind", Person, Circumstances, Rules)


class Tally:
    counts: Counts | None = None  # None: nobody counts here, as in commands and workers


def counting() -> bool:
    """Whether this process counts at all."""
    return Tally.counts is not None


def count(organisation: int | None, request: Request) -> None:
    """Note one decision about a thing of an organisation. Costs a look-up; two threads at once may lose one."""
    counts = Tally.counts
    if counts is not None:
        key = (organisation, request)
        held = counts.get(key, 0)
        if held or len(counts) < MOST:
            counts[key] = held + 1


def begin(keep: Callable[..., None]) -> threading.Event:
    """From now on this process counts, and hands in to `keep` what it counted, until the event is set."""
    Tally.counts, over = {}, threading.Event()
    threading.Thread(target=_hand_in, args=(keep, over), name="decision counts", daemon=True).start()
    return over


def taken() -> Counts:
    """What was counted since the last time; counting goes on from nought."""
    if Tally.counts is None:
        return {}
    counts, Tally.counts = Tally.counts, {}
    return dict(list(counts.items()))


def _hand_in(keep: Callable[..., None], over: threading.Event) -> None:
    while not over.wait(SECONDS):
        try:
            keep(counts=taken())
        except Exception:
            log.exception("Decisions of the last minute could not be counted.")
        finally:
            connection.close()


def facts_of(request: Request) -> dict[str, Any]:
    """A request as it is kept: what is as usual is left out."""
    rules = _unusual(request.thing.rules, NO_RULES)
    found: dict[str, Any] = {
        "person": _unusual(request.person, Person()),
        "thing": _unusual(request.thing, Thing(0)) | ({"rules": rules} if rules else {}),
        "circumstances": _unusual(request.circumstances, Circumstances()),
    }
    return {"act": str(request.act), **{name: facts for name, facts in found.items() if facts}}


def request_from(facts: dict[str, Any]) -> Request:
    """The request again. Facts that a later version does not know any more are passed over."""
    thing = {name: fact for name, fact in facts.get("thing", {}).items() if name in _names(Thing)}
    rules = _made(Rules, thing.pop("rules", {}))
    return Request(
        Act(facts["act"]), _made(Person, facts.get("person", {})), Thing(**({"sensitivity": 0} | thing), rules=rules),
        _made(Circumstances, facts.get("circumstances", {})),
    )  # fmt: skip


def _unusual(stated: Any, usual: Any) -> dict[str, Any]:
    before = asdict(usual)
    return {name: fact for name, fact in asdict(stated).items() if name != "rules" and fact != before[name]}


def _made(kind: type[Kind], facts: dict[str, Any]) -> Kind:
    return kind(**{name: fact for name, fact in facts.items() if name in _names(kind)})


def _names(kind: type[Any]) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))
