"""Arrangements, as people send them."""

from datetime import time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from talkoo.lib.plain import one_line
from talkoo.people.actions.arrangements import LEVELS, MOST_LINES
from talkoo.people.forms import day_field
from talkoo.people.models import Arrangement
from talkoo.people.queries.arrangements import Line, lines_of

ALLOWED = {1: _("Up to internal"), 2: _("Up to confidential")}
NUMBERS = range(1, MOST_LINES + 1)


def _hour() -> dict[str, Any]:
    return {"required": False, "widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}


class EndField(forms.TimeField):
    """The hour at which something ends: midnight, which browsers write 00:00 and people 24:00, is that of its end."""

    def to_python(self, value: Any) -> Any:
        return super().to_python("00:00" if str(value).strip() in {"24:00", "24.00"} else value)


class ArrangementForm(forms.Form):
    """Up to three places, each with its days, hours and level; those without a name are left out."""

    starts = day_field(_("From"))
    ends = day_field(_("Until"), help_text=_("The first day on which it no longer holds, within a year."))
    note = forms.CharField(label=_("What your manager should know"), max_length=400, required=False)

    def __init__(self, *args: Any, before: Arrangement | None = None, **more: Any) -> None:
        """`before`: the version to begin from."""
        super().__init__(*args, **more)
        for number in NUMBERS:
            self._add(number)
        today = timezone.localdate()
        usual = {
            "place_1": _("At home"),
            "days_1": list(range(5)),
            "begins_1": time(8),
            "ends_1": time(17),
            "level_1": 2,
        }
        self.initial = {
            "starts": today,
            "ends": today + timedelta(days=182),
            **(usual if before is None else {}),
            **self.initial,
        }
        for number, line in enumerate(lines_of(before) if before else [], 1):
            self.initial |= {
                f"place_{number}": line.place,
                f"days_{number}": line.days,
                f"begins_{number}": line.begins,
            }
            self.initial |= {f"ends_{number}": line.ends, f"level_{number}": line.level}

    def _add(self, number: int) -> None:
        days = [(day, WEEKDAYS[day]) for day in range(7)]
        self.fields[f"place_{number}"] = forms.CharField(
            label=_("Place"), max_length=40, required=False, help_text=_("What you call it, such as “At home”.")
        )
        self.fields[f"days_{number}"] = forms.TypedMultipleChoiceField(
            label=_("Days"), choices=days, coerce=int, required=False, widget=forms.CheckboxSelectMultiple
        )
        self.fields[f"begins_{number}"] = forms.TimeField(label=_("From what time"), **_hour())
        self.fields[f"ends_{number}"] = EndField(
            label=_("Until what time"), help_text=_("Midnight is the end of the day."), **_hour()
        )
        self.fields[f"level_{number}"] = forms.TypedChoiceField(
            label=_("Work you may open there"), choices=[(level, ALLOWED[level]) for level in LEVELS], coerce=int,
            required=False, empty_value=None,
        )  # fmt: skip

    def clean(self) -> None:
        for number in NUMBERS:
            said = self.cleaned_data
            if one_line(said.get(f"place_{number}") or "") and said.get(f"ends_{number}", "") is None:
                self.add_error(f"ends_{number}", _("Choose an hour of the same day, after the one at which it begins."))

    @property
    def places(self) -> list[list[forms.BoundField]]:
        """The fields of each place, for the page."""
        return [
            [self[f"{name}_{number}"] for name in ("place", "days", "begins", "ends", "level")] for number in NUMBERS
        ]

    @property
    def rest(self) -> list[forms.BoundField]:
        return [self["starts"], self["ends"], self["note"]]

    def lines(self) -> list[Line]:
        """The places that have a name; gaps between them are closed, so errors of the action stand where they belong."""
        said, found = self.cleaned_data, []
        for number in NUMBERS:
            if place := one_line(said.get(f"place_{number}") or ""):
                begins, ends = (said.get(f"{name}_{number}") or time(0) for name in ("begins", "ends"))
                days, level = said.get(f"days_{number}") or (), said.get(f"level_{number}") or LEVELS[0]
                found.append(Line(place, tuple(sorted(days)), begins, ends, level))
        return found


class HomeForm(forms.Form):
    """Which place an address is."""

    place = forms.ChoiceField(label=_("This place"))
    network = forms.CharField(
        label=_("Address"),
        max_length=60,
        required=False,
        help_text=_("Leave it empty for the one you are on now."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, places: list[str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["place"].choices = [(place, place) for place in places]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why something is declined or ended."""

    reason = forms.CharField(label=_("Why"), max_length=400, help_text=_("The other side reads it."))
