"""What was decided on a day, decided again under other rules: which answers turn round, how often, and by which rule.

It goes by counts of facts (access.counting), so it knows of nobody who asked. What occurred fewer than five times is
left out before anything is added up.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from talkoo.access.counting import FEWEST, request_from
from talkoo.access.deciding import shipped
from talkoo.access.models import DecisionCount
from talkoo.engines.policy import Decision, Policies, Request

Turned = tuple[tuple[str, ...], str, int, str]  # the rules that refuse it, act, sensitivity, zone


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of request about the things of an organisation, and how often it came."""

    organisation: int | None
    request: Request
    number: int


@dataclass(frozen=True, slots=True)
class Flip:
    """Decisions that would turn round: by the words of these rules, with what act, sensitivity (0 to 3) and zone."""

    rules: tuple[str, ...]
    act: str
    level: int
    zone: str
    number: int


@dataclass(frozen=True, slots=True)
class Replay:
    """Of `total` decisions, those allowed that would be refused and the other way round, the most frequent first."""

    day: date
    total: int
    closed: Sequence[Flip]
    opened: Sequence[Flip]

    @property
    def refused(self) -> int:
        return sum(flip.number for flip in self.closed)

    @property
    def allowed(self) -> int:
        return sum(flip.number for flip in self.opened)


def counted_on(day: date, organisations: Collection[int] | None = None) -> list[Asked]:
    """What was asked often enough that day about things of these organisations, or of all. One query."""
    found = DecisionCount.objects.filter(day=day, number__gte=FEWEST)
    if organisations is not None:
        found = found.filter(organisation__in=organisations)
    rows = found.values_list("organisation", "facts", "number")
    return [Asked(place, request_from(facts), number) for place, facts, number in rows]


def replayed(
    day: date, asked: Iterable[Asked], *, changed: Callable[[Asked], Request], policies: Policies | None = None
) -> Replay:
    """Decide each again: as it was under the rules of the product, and as `changed` makes it, under `policies` if given."""
    every = list(asked)
    before = shipped().decide_many([each.request for each in every])
    after = (policies or shipped()).decide_many([changed(each) for each in every])
    closed, opened = Counter[Turned](), Counter[Turned]()
    for each, then, now in zip(every, before, after, strict=True):
        if then.allowed != now.allowed:
            sums, refusal = (closed, now) if then.allowed else (opened, then)
            sums[_turned(each.request, refusal)] += each.number
    return Replay(day, sum(each.number for each in every), _flips(closed), _flips(opened))


def _turned(request: Request, refusal: Decision) -> Turned:
    words = tuple(reason.words for reason in refusal.reasons)
    return words, str(request.act), request.thing.sensitivity, request.circumstances.zone


def _flips(sums: Counter[Turned]) -> list[Flip]:
    return [Flip(*key, number) for key, number in sorted(sums.items(), key=lambda item: (-item[1], item[0]))]
