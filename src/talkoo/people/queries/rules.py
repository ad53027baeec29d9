"""What organisations forbid beyond the shipped rules, in words and as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talkoo.people.models import Organisation, RuleChange

RULES: Mapping[str, str | Promise] = {
    "second_factor": gettext_lazy("Without a second factor"),
    "key": gettext_lazy("Without a passkey or a security key"),
    "device": gettext_lazy("On a device that is not managed"),
    "office": gettext_lazy("Outside of office and VPN"),
    "home": gettext_lazy("At home"),
    "export": gettext_lazy("Taking it out as a file"),
    "programs": gettext_lazy("Through the API"),
    "others": gettext_lazy("By people of other organisations"),
}
LEVELS: Mapping[int, str | Promise] = {
    1: gettext_lazy("internal and above"),
    2: gettext_lazy("confidential and above"),
    3: gettext_lazy("restricted"),
}


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
    return str(LEVELS[rules[name]]) if name in rules else _("not forbidden")


def decided_changes(organisation: Organisation) -> list[RuleChange]:
    """The last decisions, the latest first. One query."""
    found = RuleChange.objects.filter(organisation=organisation, decided__isnull=False)
    return list(found.select_related("made_by", "decided_by").order_by("-decided")[:10])
