"""Forms that shape the tree of organisations: one change at once, or several as a plan."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.people.forms import Place, day_field, offer
from talkoo.people.models import OrganisationKind
from talkoo.people.queries.organisations import seen_organisations


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
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


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

    def __init__(self, *args: Any, by: Subject, **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "parent", seen_organisations(by, Permission.ORGANISATION_EDIT))
        self.initial.setdefault("day", timezone.localdate())


class EndForm(forms.Form):
    """When an organisation ends and who follows it."""

    successor = Place(_("Who follows"), required=False, empty_label=_("Nobody: it is empty"))
    day = day_field(_("Ends on"), help_text=_("The first day on which it no longer exists."))

    def __init__(self, *args: Any, by: Subject, **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "successor", seen_organisations(by, Permission.ORGANISATION_EDIT))
        self.initial.setdefault("day", timezone.localdate())
