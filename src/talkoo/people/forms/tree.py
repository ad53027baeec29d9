"""Forms that shape the tree of organisations: one change at once, or several as a plan."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.people.forms import Place, day_field, offer
from talkoo.people.models import Organisation, OrganisationKind, Step, StepKind
from talkoo.people.queries.organisations import below, seen_organisations


class SettingsForm(forms.Form):
    """What an organisation is called, what it is, and the colour its people work in."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(
        label=_("What it is"), choices=[("", _("Not said")), *OrganisationKind.choices], required=False
    )
    colour = forms.CharField(
        label=_("Colour"),
        max_length=20,
        required=False,
        help_text=_("As # and six digits, such as #1d5f50. Left empty, it has the colour of where it belongs."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "data-colour": ""}),
    )


LEVELS = (_("Open"), _("Internal"), _("Confidential"), _("Restricted"))


class LevelsForm(SettingsForm):
    """The settings, and what the organisation calls the levels of sensitivity."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for at, word in enumerate(LEVELS):
            self.fields[f"level_{at}"] = forms.CharField(label=str(word), max_length=60, required=False)

    def said(self) -> dict[str, Any]:
        """As the action takes it."""
        kept = {name: self.cleaned_data[name] for name in SettingsForm.base_fields}
        return {**kept, "levels": [self.cleaned_data[f"level_{at}"] for at in range(len(LEVELS))]}

    @property
    def levels(self) -> list[Any]:
        return [self[f"level_{at}"] for at in range(len(LEVELS))]


class OrganisationForm(forms.Form):
    """A new organisation and where it stands."""

    name = forms.CharField(label=_("Name"), max_length=120)
    parent = Place(_("Belongs to"), empty_label=None)
    starts = day_field(_("From"))

    def __init__(self, *args: Any, by: Subject, **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "parent", seen_organisations(by, Permission.ORGANISATION_EDIT))
        self.initial.setdefault("starts", timezone.localdate())


class MoveForm(forms.Form):
    """Where an organisation stands from a day on."""

    parent = Place(_("Belongs to"), empty_label=None)
    day = day_field(_("From"))

    def __init__(self, *args: Any, by: Subject, organisation: Organisation, **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "parent", _others(by, organisation))
        self.initial.setdefault("day", timezone.localdate())


class EndForm(forms.Form):
    """When an organisation ends and who follows it."""

    successor = Place(_("Who follows"), required=False, empty_label=_("Nobody: it is empty"))
    day = day_field(_("Ends on"), help_text=_("The first day on which it no longer exists."))

    def __init__(self, *args: Any, by: Subject, organisation: Organisation, **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "successor", _others(by, organisation))
        self.initial.setdefault("day", timezone.localdate())


def _others(by: Subject, organisation: Organisation) -> QuerySet[Organisation]:
    """Where it can go: neither to itself nor to what stands below it."""
    return seen_organisations(by, Permission.ORGANISATION_EDIT).exclude(pk__in=below(organisation))


class PlanForm(forms.Form):
    """A reorganisation: what it is called, what it is about, and its day."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("For example: Streets and parks become one office.")
    )
    organisation = Place(_("About"), empty_label=None, help_text=_("It can change this one and everything below it."))
    day = day_field(_("Takes effect on"), help_text=_("It happens by itself as this day begins; today means at once."))

    def __init__(self, *args: Any, by: Subject, **more: Any) -> None:
        super().__init__(*args, **more)
        seen = seen_organisations(by, Permission.ORGANISATION_EDIT)
        offer(self, "organisation", seen.order_by(F("parent_name").asc(nulls_first=True), "name", "pk"))


class PlanDayForm(forms.Form):
    """Another name, another day."""

    name = forms.CharField(label=_("Name"), max_length=120)
    day = day_field(_("Takes effect on"))


STEP_LABELS: dict[str, dict[str, Any]] = {  # the fields of each kind of step, in their order
    StepKind.ADD: {"name": _("Name"), "target": _("Belongs to")},
    StepKind.MOVE: {"organisation": _("What moves"), "target": _("Belongs to")},
    StepKind.RENAME: {"organisation": _("What is renamed"), "name": _("New name")},
    StepKind.MERGE: {"organisation": _("What is merged"), "target": _("Into")},
    StepKind.CLOSE: {"organisation": _("What closes"), "target": _("Who follows")},
}


class StepForm(forms.Form):
    """One change of a plan. What an earlier step adds can be chosen, too, as where something goes."""

    def __init__(self, *args: Any, kind: str, places: list[Organisation], added: list[Step], **more: Any) -> None:
        super().__init__(*args, **more)
        self.places, self.added = {each.code: each for each in places}, {f"step-{each.pk}": each for each in added}
        here = [(each.code, _named(each)) for each in places]
        new = [(key, _("%(name)s (new)") % {"name": each.name}) for key, each in self.added.items()]
        for name, label in STEP_LABELS[kind].items():
            if name == "name":
                self.fields[name] = forms.CharField(label=label, max_length=120)
            elif name == "organisation":
                self.fields[name] = forms.ChoiceField(label=label, choices=[("", _("Choose one")), *here])
            else:
                empty = _("Nobody: it is empty") if kind == StepKind.CLOSE else _("Choose one")
                every = [("", empty), *new, *here]
                self.fields[name] = forms.ChoiceField(label=label, choices=every, required=kind != StepKind.CLOSE)

    def said(self) -> dict[str, Any]:
        """What `add_step` is to be told."""
        data = self.cleaned_data
        goal = data.get("target", "")
        return {
            "organisation": self.places.get(data.get("organisation", "")),
            "target": self.places.get(goal),
            "target_step": self.added.get(goal),
            "name": data.get("name", ""),
        }


def _named(place: Organisation) -> str:
    parent = getattr(place, "parent_name", None)
    return f"{place.name} ({parent})" if parent else place.name


class DecideForm(forms.Form):
    """What becomes of each role in an organisation that ends: it goes along, or ends. Neither is chosen beforehand."""

    seen = forms.Field(required=False, widget=forms.HiddenInput)  # any other value is for `decide_plan` to refuse

    def __init__(self, *args: Any, asked: Mapping[int, Sequence[Any]], steps: Mapping[int, Step], **more: Any) -> None:
        """`asked`: by the number of a step the roles that are held there, each with `role` and `named`."""
        super().__init__(*args, **more)
        self.asked = {f"role-{number}-{each.role}": (number, each) for number, held in asked.items() for each in held}
        for name, (number, each) in self.asked.items():
            words = {"role": each.role.label, "about": steps[number].about, "to": steps[number].to}
            field = forms.ChoiceField(
                label=gettext("%(role)s in %(about)s") % words,
                choices=[("along", gettext("Goes along to %(to)s") % words), ("ends", gettext("Ends on the day"))],
                widget=forms.RadioSelect,
                help_text=each.named,
                error_messages={"required": gettext("Choose whether it goes along or ends.")},
            )
            field.hints = {  # type: ignore[attr-defined]
                "along": gettext("They may do there what they do here, for all of %(to)s.") % words,
                "ends": gettext(
                    "They stay as contributors in %(to)s. Open invitations to it lead there as contributors."
                )
                % words,
            }
            self.fields[name] = field

    def roles(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for name, (number, each) in self.asked.items():
            along = self.cleaned_data[name] == "along"
            found.setdefault(number, []).extend([str(each.role)] if along else [])
        return found


class DayForm(forms.Form):
    """Which day to look at."""

    day = day_field(_("Day"))
