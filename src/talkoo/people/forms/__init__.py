"""Forms parse what people send; whether it may be done is for the actions to say."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talkoo.access.actions.tokens import DAYS, MOST_DAYS
from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.access.scopes import Scope, for_services
from talkoo.access.subject import Subject
from talkoo.lib.formats import offered_locales, sample
from talkoo.people.actions.memberships import OF_OWN_WORK
from talkoo.people.models import Organisation, Skill, SkillLevel
from talkoo.people.queries.organisations import seen_organisations
from talkoo.people.queries.skills import standing_skills

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

LARGEST_FILE = 20_000_000  # bytes


def _roles(by: Subject) -> list[tuple[str, Any]]:
    may = bool(organisations_where(by, Permission.ROLE_ADMINISTRATOR))
    return [(role.value, role.label) for role in Role if may or role in {*OF_OWN_WORK, Role.COORDINATOR}]


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


class Place(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the organisations in somebody's care, named by its code."""

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(Organisation.objects.none(), to_field_name="code", label=label, **more)

    def label_from_instance(self, obj: Organisation) -> str:
        return f"{obj.name} ({obj.parent_name})" if obj.parent_name else obj.name  # type: ignore[attr-defined]


class InviteForm(forms.Form):
    """An address, and what the person may do where."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    organisation = Place(_("Organisation"), empty_label=None)
    role = forms.ChoiceField(label=_("Role"), initial=Role.CONTRIBUTOR)

    def __init__(self, *args: Any, by: Subject, shown: list[Organisation] | None = None, **more: Any) -> None:
        """`shown`: the organisations to choose from, where the page has read them already."""
        super().__init__(*args, **more)
        offer(self, "organisation", seen_organisations(by, Permission.PEOPLE_INVITE))
        if shown is not None:
            place: Place = self.fields["organisation"]  # type: ignore[assignment]
            place.choices = [(each.code, place.label_from_instance(each)) for each in shown]
        self.fields["role"].choices = _roles(by)  # type: ignore[attr-defined]
        self.fields["email"].widget.attrs["autocomplete"] = "off"


class InviteManyForm(forms.Form):
    """Addresses in a text, and what all of them may do where."""

    addresses = forms.CharField(
        label=_("E-mail addresses"),
        max_length=20_000,
        help_text=_("One a line, or between commas; Name <address> if you like. At most 200."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    organisation = Place(_("Organisation"), empty_label=None)
    role = forms.ChoiceField(label=_("Role"), initial=Role.CONTRIBUTOR)

    def __init__(self, *args: Any, by: Subject, **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "organisation", seen_organisations(by, Permission.PEOPLE_INVITE))
        self.fields["role"].choices = _roles(by)  # type: ignore[attr-defined]


class ManyForm(forms.Form):
    """What to do for several people at once."""

    act = forms.ChoiceField(
        label=_("For everybody ticked"),
        choices=[("give", _("Give a role")), ("end", _("End a role")), ("move", _("Move to another organisation"))],
    )
    role = forms.ChoiceField(label=_("Role"), initial=Role.CONTRIBUTOR, required=False)
    organisation = Place(_("Organisation"), empty_label=None)
    target = Place(_("To, when moving"), required=False, empty_label=_("Choose one"))
    day = day_field(_("On, when moving"), required=False)

    def __init__(self, *args: Any, by: Subject, shown: list[Organisation] | None = None, **more: Any) -> None:
        """`shown`: the organisations to choose from, where the page has read them already."""
        super().__init__(*args, **more)
        for name in ("organisation", "target"):
            offer(self, name, seen_organisations(by, Permission.MEMBERSHIP_EDIT))
            if shown is not None:
                place: Place = self.fields[name]  # type: ignore[assignment]
                first = [("", place.empty_label)] if place.empty_label else []
                place.choices = [*first, *((each.code, place.label_from_instance(each)) for each in shown)]
        self.fields["role"].choices = _roles(by)  # type: ignore[attr-defined]
        self.initial.setdefault("day", timezone.localdate())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("act") == "move" and not self.errors:
            for name in ("target", "day"):
                if not data.get(name):
                    self.add_error(name, _("Say where they move, and when."))
        return data


class RoleForm(forms.Form):
    """A role in an organisation, from a day, perhaps until another."""

    role = forms.ChoiceField(label=_("Role"), initial=Role.CONTRIBUTOR)
    organisation = Place(_("Organisation"), empty_label=None)
    starts = day_field(_("From"))
    ends = day_field(_("Until"), required=False, help_text=_("The first day on which it no longer holds."))

    def __init__(self, *args: Any, by: Subject, **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "organisation", seen_organisations(by, Permission.MEMBERSHIP_EDIT))
        self.fields["role"].choices = _roles(by)  # type: ignore[attr-defined]
        self.initial.setdefault("starts", timezone.localdate())


class PeopleFileForm(forms.Form):
    """A list of people and where those go for whom the list says nothing."""

    file = forms.FileField(
        label=_("CSV file"), help_text=_("Columns name and email; organisation, role and title if you like.")
    )
    organisation = Place(_("Organisation, where the file names none"), empty_label=None)

    def __init__(self, *args: Any, by: Subject, **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "organisation", seen_organisations(by, Permission.PEOPLE_INVITE))
        self.fields["file"].widget.attrs["accept"] = ".csv,text/csv"

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            words = {"found": (file.size or 0) // 1_000_000, "most": LARGEST_FILE // 1_000_000}
            message = _(
                "The file has %(found)d MB; a list of people has at most %(most)d. Leave out columns nobody reads."
            )
            raise forms.ValidationError(message % words)
        return file


def _heir(*, required: bool = False) -> forms.EmailField:
    attributes = {"list": "heirs", "autocomplete": "off"}
    return forms.EmailField(
        label=_("Who takes over"),
        max_length=254,
        required=required,
        help_text=_("The e-mail address of somebody in your care. They get what nobody else answers for."),
        widget=forms.EmailInput(attrs=attributes),
    )


class LeaveForm(forms.Form):
    """Whether somebody leaves for good, and who takes over what is theirs alone."""

    way = forms.ChoiceField(
        label=_("Do they come back?"),
        choices=[("good", _("No: their roles end today")), ("while", _("Yes: their roles rest until then"))],
        initial="good",
        widget=forms.RadioSelect,
    )
    to = _heir()


class HandOverForm(forms.Form):
    to = _heir(required=True)


class MergePeopleForm(forms.Form):
    """The other account of the same person, and which of the two stays."""

    email = forms.EmailField(
        label=_("E-mail address of the other account"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    stays = forms.ChoiceField(
        label=_("Which account stays?"),
        choices=[("this", _("This one")), ("other", _("The other one"))],
        initial="this",
        widget=forms.RadioSelect,
    )


class MergeSkillForm(forms.Form):
    """The skill that the one shown is, too."""

    into = forms.ModelChoiceField(
        Skill.objects.none(), to_field_name="code", label=_("It is the same as"), empty_label=_("Choose a skill")
    )

    def __init__(self, *args: Any, skill: Skill, **more: Any) -> None:
        super().__init__(*args, **more)
        others = standing_skills().exclude(pk=skill.pk).order_by("name", "pk")
        self.fields["into"].queryset = others  # type: ignore[attr-defined]


class MovePersonForm(forms.Form):
    """From where to where a person moves, on which day, with which roles, and who takes over their batches there."""

    source = Place(_("From"), empty_label=None)
    target = Place(_("To"), empty_label=None)
    day = day_field(_("On"), help_text=_("The first day in the new organisation."))
    along = forms.ChoiceField(
        label=_("Roles in the new organisation"),
        choices=[("", _("Contributor")), ("all", _("The same as in the old one"))],
        required=False,
        widget=forms.RadioSelect,
        initial="",
    )
    to = _heir()

    def __init__(self, *args: Any, by: Subject, places: set[int], **more: Any) -> None:
        """`places`: where the person holds roles; the way on is to any other organisation in the asking one's care."""
        super().__init__(*args, **more)
        every = seen_organisations(by, Permission.MEMBERSHIP_EDIT)
        shown = list(every)
        for name, offered in (("source", [each for each in shown if each.pk in places]), ("target", shown)):
            offer(self, name, every)
            place: Place = self.fields[name]  # type: ignore[assignment]
            place.choices = [(each.code, place.label_from_instance(each)) for each in offered]
        self.initial.setdefault("day", timezone.localdate())
        self.fields["to"].help_text = _("Left empty, they keep their batches: they are still here.")


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    title = forms.CharField(
        label=_("What you do"), max_length=120, required=False, help_text=_("A few words, for example permit officer.")
    )


class LanguageForm(forms.Form):
    """Formats are chosen by their look: each option shows a day, an hour and a number."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    formats = forms.ChoiceField(label=_("How days, times and numbers are written"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        languages = [("", gettext("As my browser asks")), *settings.LANGUAGES]
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        self.fields["language"].widget.attrs["translate"] = "no"
        names = sorted((gettext(name), code) for code, name in offered_locales().items())
        known = [(code, f"{name}: {sample(code)}") for name, code in names]
        usual = gettext("As usual in my language: %(sample)s") % {"sample": sample("")}
        self.fields["formats"].choices = [("", usual), *known]  # type: ignore[attr-defined]


def _password() -> forms.CharField:
    return forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=256,
        help_text=_("12 characters or more. A sentence is easy to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class AcceptForm(forms.Form):
    """All that a newcomer is asked."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = _password()


class FirstRunForm(forms.Form):
    """The organisation at the top and its first person."""

    organisation = forms.CharField(
        label=_("Name of your organisation"), max_length=120, help_text=_("The one that all others belong to.")
    )
    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Your work e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = _password()


class SkillsForm(forms.Form):
    """What a person says of the skills on one page: for each of them a level and whether to grow it."""

    def __init__(self, *args: Any, skills: list[Skill], **more: Any) -> None:
        super().__init__(*args, **more)
        self.skills = skills
        for skill in skills:
            self.fields[f"level-{skill.code}"] = forms.IntegerField(
                label=skill.name, min_value=SkillLevel.NOT_YET, max_value=SkillLevel.CAN_TEACH, required=False
            )
            self.fields[f"grow-{skill.code}"] = forms.BooleanField(required=False)

    def statements(self) -> list[tuple[Skill, int, bool]]:
        """Only of skills that the page sent: one whose level is not there was not on it."""
        data = self.cleaned_data
        sent = [skill for skill in self.skills if f"level-{skill.code}" in self.data]
        return [(skill, data[f"level-{skill.code}"] or 0, data[f"grow-{skill.code}"]) for skill in sent]


def offer(form: forms.Form, name: str, organisations: QuerySet[Organisation]) -> None:
    form.fields[name].queryset = organisations  # type: ignore[attr-defined]


class TokenForm(forms.Form):
    """What a token is for, what it may do and how long."""

    name = forms.CharField(label=_("What it is for"), max_length=80, help_text=_("For example: nightly export."))
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(
        label=_("Days until it runs out"),
        initial=DAYS,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=_("At most a year."),
    )


class ServiceTokenForm(TokenForm):
    """The same, for a program of an organisation."""

    organisation = Place(_("Organisation"), empty_label=None)
    field_order = ("name", "organisation", "scopes", "days")

    def __init__(self, *args: Any, by: Subject, **more: Any) -> None:
        super().__init__(*args, **more)
        offer(self, "organisation", seen_organisations(by, Permission.TOKEN_MANAGE))
        self.fields["scopes"].choices = [(each.value, each.label) for each in for_services()]  # type: ignore[attr-defined]
