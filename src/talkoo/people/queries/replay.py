"""Yesterday's decisions about the work of an organisation, decided again as if its rules were others."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talkoo.access.context import Zone
from talkoo.access.queries.replay import Asked, Flip, Replay, counted_on, replayed
from talkoo.engines.policy import NEVER, NO_RULES, Request, Rules
from talkoo.people.models import Organisation, RuleChange
from talkoo.people.queries.networks import PLACES
from talkoo.people.queries.rules import RULES
from talkoo.people.queries.subject import TREE

ACTS: Mapping[str, str | Promise] = {
    "look": gettext_lazy("Looking at it"),
    "work": gettext_lazy("Answering it"),
    "judge": gettext_lazy("Deciding on answers"),
    "change": gettext_lazy("Changing it"),
    "take_out": gettext_lazy("Taking it out as a file"),
    "manage": gettext_lazy("Looking after the organisation"),
    "guard": gettext_lazy("Deciding over rights, networks and rules"),
}

BELOW = f"""
WITH RECURSIVE {TREE}, edges AS (SELECT above, below FROM stands UNION SELECT heir, ended FROM inherits)
SELECT above, below FROM edges
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class Turn:
    """Decisions that turn round, in words."""

    rules: str
    act: str
    level: int
    place: str
    number: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What a change would have made of a day's decisions."""

    replay: Replay
    closed: list[Turn]
    opened: list[Turn]


def tried(organisation: Organisation, rules: Mapping[str, int], day: date | None = None) -> Trial:
    """Yesterday's decisions about its things and those below it, with these rules in place of its own. Three queries."""
    found = rules_with(organisation, rules)
    day = day or timezone.localdate() - timedelta(days=1)

    def changed(asked: Asked) -> Request:
        house = found.get(asked.organisation or 0, NO_RULES)
        return replace(asked.request, thing=replace(asked.request.thing, rules=house))

    replay = replayed(day, counted_on(day, found.keys()), changed=changed)
    return Trial(replay, [_turn(flip) for flip in replay.closed], [_turn(flip) for flip in replay.opened])


def _turn(flip: Flip) -> Turn:
    rules = " ".join(_(words) for words in flip.rules) or _("It is for nobody like them.")
    return Turn(rules, str(ACTS[flip.act]), flip.level, str(PLACES[Zone(flip.zone)]), flip.number)


def rules_with(organisation: Organisation, rules: Mapping[str, int]) -> dict[int, Rules]:
    """What would be forbidden in an organisation and all below it, if it forbade this: the strictest of its own and of all
    above. Two queries."""
    own = _approved() | {organisation.pk: rules}
    with connection.cursor() as cursor:
        cursor.execute(BELOW, {"day": timezone.localdate()})
        edges = cursor.fetchall()
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    for high, low in edges:
        above.setdefault(low, []).append(high)
        below.setdefault(high, []).append(low)
    touched = _reached(organisation.pk, below)
    return {place: _strictest([own.get(each, {}) for each in _reached(place, above)]) for place in touched}


def _approved() -> dict[int, Mapping[str, int]]:
    found = (
        RuleChange.objects.filter(approved=True).order_by("organisation", "-decided", "-pk").distinct("organisation")
    )
    return dict(found.values_list("organisation", "rules"))


def _reached(start: int, edges: Mapping[int, list[int]]) -> set[int]:
    found, waiting = {start}, [start]
    while waiting:
        more = [each for each in edges.get(waiting.pop(), ()) if each not in found]
        found.update(more)
        waiting += more
    return found


def _strictest(every: list[Mapping[str, int]]) -> Rules:
    return Rules(**{name: min([rules.get(name, NEVER) for rules in every]) for name in RULES})
