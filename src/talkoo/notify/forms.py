"""Forms parse what people send; whether it may be done is for the actions to say."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from talkoo.notify.events import EVENTS
from talkoo.notify.kinds import KINDS, groups
from talkoo.notify.models import Rhythm
from talkoo.notify.queries.choices import Wishes, hours_of, zones

WEEKDAYS = (
    (1, _("Monday")), (2, _("Tuesday")), (3, _("Wednesday")), (4, _("Thursday")), (5, _("Friday")),
    (6, _("Saturday")), (7, _("Sunday")),
)  # fmt: skip


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class WebhookForm(forms.Form):
    """An address of an organisation and the events it hears."""

    organisation_id = forms.TypedChoiceField(label=_("Organisation"), coerce=int)
    url = forms.CharField(
        label=_("Address"), max_length=400, help_text=_("Begins with https://. Messages are sent there by POST."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    description = forms.CharField(label=_("What it is for"), max_length=120, required=False)
    events = forms.MultipleChoiceField(label=_("Events"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, organisations: list[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["organisation_id"].choices = organisations  # type: ignore[attr-defined]
        self.fields["events"].choices = [(event.code, event.label) for event in EVENTS.values()]  # type: ignore[attr-defined]


class ChoicesForm(forms.Form):
    """How each kind travels, and when mail may come. A field of a kind has the code of the kind as its name."""

    rhythm = forms.ChoiceField(label=_("Summary"), choices=Rhythm.choices, widget=forms.RadioSelect)
    days = forms.TypedMultipleChoiceField(
        label=_("Days I work"), choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    starts, ends = _time(_("From")), _time(_("Until"))
    zone = forms.ChoiceField(label=_("Time zone"), widget=forms.Select(attrs={"translate": "no"}))
    no_mail = forms.BooleanField(
        label=_("No mail"),
        help_text=_("Except what you are answerable for, such as a new role. The list in Talkoo stays complete."),
        required=False,
    )

    def __init__(self, *args: Any, wishes: Wishes, **more: Any) -> None:
        pace, hours = wishes.pace, hours_of(wishes.pace)
        initial = {"rhythm": pace.rhythm, "days": list(hours.days), "starts": pace.starts, "ends": pace.ends}
        more["initial"] = {**initial, "zone": hours.zone, "no_mail": pace.no_mail}
        super().__init__(*args, **more)
        self.fields["zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones()]  # type: ignore[attr-defined]
        for code, kind in KINDS.items():
            ways = [(way.value, way.label) for way in kind.ways]
            self.fields[code] = forms.ChoiceField(
                label=str(kind.label), choices=ways, initial=wishes.channels[code].value
            )

    def grouped(self) -> Iterator[tuple[str | Promise, list[forms.BoundField]]]:
        """The fields of the kinds under their headings."""
        for heading, kinds in groups():
            yield heading, [self[kind.code] for kind in kinds]

    def chosen(self) -> dict[str, Any]:
        """What the action takes."""
        data: Mapping[str, Any] = self.cleaned_data
        kinds = {code: data[code] for code in KINDS}
        return {"channels": kinds, **{name: value for name, value in data.items() if name not in KINDS}}
