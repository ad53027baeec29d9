"""The form of caps on pieces."""

from django import forms
from django.utils.translation import gettext_lazy


class CapsForm(forms.Form):
    """How many pieces of one record one may be handed; empty for no cap."""

    cap_person = forms.IntegerField(
        label=gettext_lazy("Pieces of one record for one person, at most"), min_value=1, max_value=999, required=False
    )
    cap_team = forms.IntegerField(
        label=gettext_lazy("Pieces of one record for one organisation, at most"), min_value=1, max_value=999,
        required=False,
        help_text=gettext_lazy("The people of one organisation are counted together: by the unit they belong to themselves, not by what stands above it."),
    )  # fmt: skip
