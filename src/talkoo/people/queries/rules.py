"""What organisations forbid beyond the shipped rules, in words and as it stands."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talkoo.access.subject import Subject
from talkoo.engines.policy import NEVER, NO_RULES, Rules
from talkoo.people.models import Organisation, Placement, RuleChange

RULES: Mapping[str, str | Promise] = {
    "second_factor": gettext_lazy("Without a second factor"),
    "key": gettext_lazy("Without a passkey or a security key"),
    "device": gettext_lazy("On a device that is not managed"),
    "office": gettext_lazy("Outside of office and VPN"),
    "home": gettext_lazy("At home"),
    "export": gettext_lazy("Taking it out as a file"),
    "programs": gettext_lazy("Through the API"),
    "others": gettext_lazy("By people of other organisations"),
    "guests": gettext_lazy("By guests from outside"),
}
LEVELS: Mapping[int, str | Promise] = {
    1: gettext_lazy("internal and above"),
    2: gettext_lazy("confidential and above"),
    3: gettext_lazy("restricted"),
}
OF_GUESTS: Mapping[int, str | Promise] = {0: gettext_lazy("all work")}  # they see open work only


def levels_of(name: str) -> Mapping[int, str | Promise]:
    """From which levels on this can be forbidden."""
    return OF_GUESTS if name == "guests" else LEVELS


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that can be forbidden: what holds now, what is proposed, and whether that differs."""

    name: str
    label: str
    now: str
    then: str

    @property
    def differs(self) -> bool:
        return self.now != self.then


def in_force(organisation: Organisation) -> dict[str, int]:
    """What this very organisation forbids; what those above it forbid holds besides. One query."""
    found = RuleChange.objects.filter(organisation=organisation, approved=True).order_by("-decided", "-pk")
    return dict(found.values_list("rules", flat=True).first() or {})


def waiting_change(organisation: Organisation) -> RuleChange | None:
    return RuleChange.objects.filter(organisation=organisation, decided=None).select_related("made_by").first()


def lines(now: Mapping[str, int], then: Mapping[str, int]) -> list[Line]:
    """Every rule with both levels in words."""
    return [Line(name, str(label), _level(now, name), _level(then, name)) for name, label in RULES.items()]


def _level(rules: Mapping[str, int], name: str) -> str:
    return str(levels_of(name)[rules[name]]) if name in rules else _("not forbidden")


def decided_changes(organisation: Organisation) -> list[RuleChange]:
    """The last decisions, the latest first. One query."""
    found = RuleChange.objects.filter(organisation=organisation, decided__isnull=False)
    return list(found.select_related("made_by", "decided_by").order_by("-decided")[:10])


@dataclass(frozen=True, slots=True)
class Effect:
    """The rules that hold for the work of an organisation, now and with what is proposed: its own and of all above it."""

    now: Rules
    then: Rules
    proposed: bool


def effect(by: Subject, organisation: Organisation) -> Effect:
    """What a waiting proposal would make of the rules here; the same twice where none waits. Two queries."""
    change = waiting_change(organisation)
    now = by.house_rules.get(organisation.pk, NO_RULES)
    if change is None:
        return Effect(now, now, proposed=False)
    standing = Placement.objects.filter(Q(ends=None) | Q(ends__gt=timezone.localdate()), organisation=organisation)
    parent = standing.filter(starts__lte=timezone.localdate()).values_list("parent", flat=True).first()
    above = asdict(by.house_rules.get(parent, NO_RULES) if parent else NO_RULES)
    then = Rules(**{name: min(level, change.rules.get(name, NEVER)) for name, level in above.items()})
    return Effect(now, then, proposed=True)
