"""Who could do what with work of a kind, from where and how surely: the rules asked ahead, of nobody in particular."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talkoo.access.deciding import shipped
from talkoo.engines.policy import Act, Circumstances, Decision, Person, Request, Rules, Thing

SITUATIONS: Sequence[tuple[str | Promise, Circumstances]] = (
    (gettext_lazy("Office, password"), Circumstances(1, 5, None, "office", 1)),
    (gettext_lazy("Office, second factor"), Circumstances(2, 5, None, "office", 1)),
    (gettext_lazy("VPN, second factor, managed device"), Circumstances(2, 5, None, "vpn", 2)),
    (gettext_lazy("Home, second factor"), Circumstances(2, 5, None, "home", 1)),
    (gettext_lazy("Unknown network, second factor"), Circumstances(2, 5, None, "unknown", 1)),
    (gettext_lazy("Public network, password"), Circumstances(1, 5, None, "public", 1)),
    (gettext_lazy("Public network, key, managed device"), Circumstances(3, 5, 5, "public", 2)),
    (gettext_lazy("A program, from the office"), Circumstances(1, None, None, "office", 0, program=True)),
)
BEST = Circumstances(3, 0, 0, "office", 2)
STANDINGS: Mapping[str, tuple[str | Promise, Mapping[str, bool]]] = {
    "tied": (gettext_lazy("Its owners and reviewers"), {"tied": True, "ours": True}),
    "ours": (gettext_lazy("People of the organisation"), {"ours": True}),
    "named": (gettext_lazy("People of organisations that its owner named"), {"named": True}),
    "care": (gettext_lazy("Who looks after the organisation"), {"care": True}),
    "others": (gettext_lazy("Everybody else it is offered to"), {}),
}
ACTS: Mapping[str, str | Promise] = {
    "look": gettext_lazy("Look at it"),
    "work": gettext_lazy("Answer it"),
    "change": gettext_lazy("Change it"),
    "take_out": gettext_lazy("Take it out as a file"),
}
SHORT: Mapping[str, str | Promise] = {
    "security-key": gettext_lazy("a key"),
    "second-factor": gettext_lazy("a second factor"),
    "sign-in-again": gettext_lazy("a fresh sign-in"),
    "place": gettext_lazy("office or VPN"),
    "device": gettext_lazy("a managed device"),
    "arrangement": gettext_lazy("an arrangement"),
    "clearance": gettext_lazy("a clearance"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What the rules say to one standing in one situation, now and with the rules that are proposed.

    `ever` says whether anything the person could do would open it: nothing is asked for in vain.
    """

    now: Decision
    then: Decision
    ever: bool

    @property
    def flips(self) -> bool:
        return self.now.allowed != self.then.allowed

    @property
    def words(self) -> str:
        return _said(self.now, ever=self.ever)

    @property
    def words_then(self) -> str:
        return _said(self.then, ever=self.ever)


@dataclass(frozen=True, slots=True)
class Row:
    standing: str
    cells: Sequence[Cell]


def outlook(act: Act, level: int, now: Rules, then: Rules) -> list[Row]:
    """Every standing in every situation, for work of a level of an organisation with these rules and with those.

    Nobody is suspended or impersonated here, everybody is cleared up to confidential, and no arrangement is in force.
    """
    asked = [
        Request(act, Person(), Thing(level, rules=rules, **near), circumstances)
        for _words, near in STANDINGS.values()
        for circumstances in (BEST, *(told for _situation, told in SITUATIONS))
        for rules in (now, then)
    ]
    found = iter(shipped().decide_many(asked))
    rows = []
    for words, _near in STANDINGS.values():
        ever = any([next(found).allowed, next(found).allowed])
        rows.append(Row(str(words), [Cell(next(found), next(found), ever) for _situation in SITUATIONS]))
    return rows


def _said(decision: Decision, *, ever: bool) -> str:
    if decision.allowed:
        return _("yes")
    wanted = [reason.obligation for reason in decision.reasons]
    if not (wanted and ever) or "" in wanted:
        return _("no")
    return _("needs %(what)s") % {"what": ", ".join(str(SHORT[each]) for each in SHORT if each in wanted)}
