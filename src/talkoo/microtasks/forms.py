"""The forms of the builder. They parse; what is allowed is decided by the actions."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talkoo.lib.errors import Invalid
from talkoo.lib.numbers import decimal, whole
from talkoo.lib.tables import ENCODINGS
from talkoo.lib.tongues import choices as tongue_choices
from talkoo.microtasks.models import Afterwards, Basis, Batch, Says, Sensitivity, SpecialBasis
from talkoo.microtasks.queries.protection import BASIS_SAYS, SPECIAL_SAYS
from talkoo.microtasks.task_types import TaskType, task_types

ACCEPTED = (".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson", ".zip", ".jpg", ".jpeg", ".png", ".webp")
SENSITIVITY_HINTS = {
    Sensitivity.OPEN: gettext_lazy("Anybody could read it: it is published, or could be."),
    Sensitivity.INTERNAL: gettext_lazy("For people of the public sector, in any of the organisations you choose."),
    Sensitivity.CONFIDENTIAL: gettext_lazy(
        "For people of your organisation, and of those you name. They need a second factor, and so do you."
    ),
    Sensitivity.RESTRICTED: gettext_lazy(
        "Nobody finds it: Talkoo gives single items to people who are cleared for it and fit. They need a security key, an office network and a managed device, and so do you."
    ),
}

AFTERWARDS_HINTS = {
    Afterwards.DELETE: gettext_lazy("Items, answers, notes and results. Export before what you need."),
    Afterwards.RESULTS: gettext_lazy(
        "The number, name and group of each item stay with its result. Its text, who answered and what they wrote are deleted."
    ),
}
SAYS_HINTS = {
    Says.NONE: gettext_lazy("You looked at what was found, and nothing of it leads to a person."),
    Says.NEEDED: gettext_lazy("The task cannot be done without it. Say why in one sentence."),
}


class AboutForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    summary = forms.CharField(
        label=gettext_lazy("What people will do, in one sentence"), max_length=240, required=False,
        help_text=gettext_lazy("Shown on the task board. For example: Read one letter and choose the topics it raises."),
    )  # fmt: skip
    item_word = forms.CharField(
        label=gettext_lazy("What one item is called"), max_length=40, required=False,
        help_text=gettext_lazy("One word, such as letter, photo or report."),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the items and the question"), required=False,
        help_text=gettext_lazy("So that they are read aloud right, and run the right way."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        several = ("", _("Several, or another one"))
        self.fields["language"].choices = [several, *tongue_choices()]  # type: ignore[attr-defined]


class Files(forms.FileInput):
    """One file or several; the field itself checks the last, the view takes all."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:  # noqa: ARG002 - as Django calls it
        return files.get(name)


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File"), allow_empty_file=True, widget=Files(attrs={"multiple": True}))
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = settings.UPLOAD_MAX_BYTES // 1_000_000
        words = _(
            "A table with column names at the top and one item a row: CSV, Excel (.xlsx), JSON Lines or a data package (ZIP)."
        )
        several = _("Or pictures (JPEG, PNG, WebP) and plain texts, each an item: up to 100 files, or a ZIP of more.")
        limit = _("At most %(most)d MB.") % {"most": most}
        self.fields["file"].help_text = f"{words} {several} {limit}"
        attrs = {"accept": ",".join(ACCEPTED), "data-max-mb": str(most)}
        self.fields["file"].widget.attrs |= {**attrs, "data-too-large": _("This file is larger than %d MB.") % most}
        self.fields["encoding"].choices = [("", _("Find out")), *ENCODINGS.items()]  # type: ignore[attr-defined]


class NewForm(AboutForm, FileForm):
    """A title and a file: all it takes to begin."""

    organisation = forms.TypedChoiceField(label=gettext_lazy("Organisation that asks"), coerce=int)
    field_order = ("title", "organisation", "file", "encoding", "summary", "item_word", "language")

    def __init__(self, *args: Any, organisations: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = organisations  # type: ignore[attr-defined]


class QuestionForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Kind of task"), widget=forms.RadioSelect)
    question = forms.CharField(label=gettext_lazy("Question"), max_length=240, required=False)
    help = forms.CharField(label=gettext_lazy("Help under the question"), max_length=480, required=False)
    ask_sure = forms.BooleanField(label=gettext_lazy("Ask how sure people are"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = self.fields["kind"]
        kinds.choices = [(code, declared.name) for code, declared in task_types().items()]  # type: ignore[attr-defined]
        kinds.hints = {code: declared.says for code, declared in task_types().items()}  # type: ignore[attr-defined]
        self.config_errors: dict[str, str] = {}


class InstructionsForm(forms.Form):
    """The words of a question that people work under; `version` is the one they were read in."""

    version = forms.IntegerField(label=gettext_lazy("Version"), min_value=1, max_value=9999, widget=forms.HiddenInput)
    question = forms.CharField(label=gettext_lazy("Question"), max_length=240)
    help = forms.CharField(
        label=gettext_lazy("Help under the question"), max_length=480, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )  # fmt: skip


class ReplyForm(forms.Form):
    """A reply to a question; `seen` names the reply that stood when it was read."""

    seen = forms.CharField(label=gettext_lazy("Version"), max_length=60, required=False, widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Your reply"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Read by everybody who gets this item, without your name."),
    )  # fmt: skip
    shown = forms.CharField(
        label=gettext_lazy("The question as others read it"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Take out what gives away who asked, or whom the item is about."),
    )  # fmt: skip
    everywhere = forms.BooleanField(
        label=gettext_lazy("Show it to everybody in the batch"), required=False,
        help_text=gettext_lazy("It stands under “Questions and answers”, beside the instructions."),
    )  # fmt: skip
    also = forms.TypedMultipleChoiceField(
        label=gettext_lazy("It answers these as well"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Everybody who asked one of them is told."),
    )  # fmt: skip

    def __init__(self, *args: Any, others: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["also"].choices = others  # type: ignore[attr-defined]


class QualityForm(forms.Form):
    sure = forms.IntegerField(label=gettext_lazy("Results right, in 100"))
    adaptive = forms.TypedChoiceField(
        label=gettext_lazy("How many people answer one item?"), coerce=lambda value: value == "yes",
        choices=[("yes", gettext_lazy("As many as it takes")), ("no", gettext_lazy("Always the same number"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
    least = forms.IntegerField(label=gettext_lazy("At least"), min_value=1, max_value=99)
    most = forms.IntegerField(label=gettext_lazy("At most"), min_value=1, max_value=99)
    minutes = forms.DecimalField(
        label=gettext_lazy("Minutes for one item"), min_value=0.1, max_value=480, max_digits=5, decimal_places=1,
        help_text=gettext_lazy("Try a few yourself. People choose by it, and the estimate rests on it."),
    )  # fmt: skip


class KnownForm(forms.Form):
    every = forms.TypedChoiceField(
        label=gettext_lazy("How often is an item with a known answer handed out?"), coerce=int, widget=forms.RadioSelect,
        choices=[
            ("10", gettext_lazy("About one in ten")), ("20", gettext_lazy("About one in twenty")),
            ("5", gettext_lazy("About one in five")), ("0", gettext_lazy("Never")),
        ],
    )  # fmt: skip
    practice_items = forms.IntegerField(
        label=gettext_lazy("Items for practice"), min_value=0, max_value=50, required=False,
        help_text=gettext_lazy("Drawn from those with a known answer. Five are enough to get a feeling for it."),
    )  # fmt: skip
    practice_right = forms.IntegerField(
        label=gettext_lazy("Right answers before the first item"), min_value=0, max_value=50,
        help_text=gettext_lazy("0: people may practise, and need not. Whoever has begun already goes on."),
    )  # fmt: skip


class AudienceForm(forms.Form):
    sensitivity = forms.TypedChoiceField(
        label=gettext_lazy("How sensitive are the items?"),
        coerce=int,
        choices=Sensitivity.choices,
        widget=forms.RadioSelect,
    )
    reach = forms.ChoiceField(
        label=gettext_lazy("Whom is it offered to?"), widget=forms.RadioSelect,
        choices=[("all", gettext_lazy("Everybody in all organisations")), ("some", gettext_lazy("Organisations I choose"))],
    )  # fmt: skip
    organisations = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Organisations"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    skills = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Skills people need"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    deadline = forms.DateField(
        label=gettext_lazy("Needed by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    may_choose = forms.BooleanField(
        label=gettext_lazy("People may pick the item they answer"), required=False,
        help_text=gettext_lazy("Otherwise items are handed out in turn, which spreads the answers best."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, organisations: list[tuple[int, str]], skills: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisations"].choices = organisations  # type: ignore[attr-defined]
        self.fields["skills"].choices = skills  # type: ignore[attr-defined]
        self.fields["sensitivity"].hints = {str(level.value): words for level, words in SENSITIVITY_HINTS.items()}  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """“Chosen organisations” without one is neither everybody nor anybody."""
        found = super().clean() or {}
        if found.get("reach") == "some" and not found.get("organisations"):
            self.add_error("organisations", _("Choose at least one organisation, or offer it to everybody."))
        if found.get("reach") == "all":
            found["organisations"] = []
        return found


class ProtectionForm(forms.Form):
    """Whose the data is, what for, on which ground, how long. What is empty is asked for when the batch opens."""

    controller = forms.TypedChoiceField(
        label=gettext_lazy("Who answers for the data (the controller)"), coerce=int, empty_value=None, required=False
    )
    contact = forms.CharField(
        label=gettext_lazy("Whom people can write to about it"), max_length=200, required=False,
        help_text=gettext_lazy("A name or an office, with an address. For example: Data protection officer, dpo@town.example."),
    )  # fmt: skip
    purpose = forms.CharField(
        label=gettext_lazy("What the data is used for"), max_length=480, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One or two plain sentences. Contributors read them."),
    )  # fmt: skip
    basis = forms.ChoiceField(
        label=gettext_lazy("Legal basis (GDPR Article 6)"),
        required=False,
        widget=forms.RadioSelect,
        choices=Basis.choices,
    )
    special = forms.BooleanField(
        label=gettext_lazy("There is data of special categories in it"), required=False,
        help_text=gettext_lazy("Health, origin, opinion, belief, union membership, sexual life, genes, or data that identifies a body."),
    )  # fmt: skip
    special_basis = forms.ChoiceField(
        label=gettext_lazy("Why it may be used (GDPR Article 9)"), required=False,
        widget=forms.RadioSelect, choices=SpecialBasis.choices,
    )  # fmt: skip
    keep_days = forms.IntegerField(
        label=gettext_lazy("Days it is kept after the batch closes"), min_value=1, max_value=7300, required=False
    )
    afterwards = forms.ChoiceField(
        label=gettext_lazy("What happens then"), required=False, widget=forms.RadioSelect, choices=Afterwards.choices
    )

    def __init__(self, *args: Any, organisations: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["controller"].choices = [("", _("Choose one")), *organisations]  # type: ignore[attr-defined]
        dress_protection(self)


class StatementForm(forms.Form):
    """The person's word on personal data in the items."""

    says = forms.ChoiceField(
        label=gettext_lazy("Is there personal data in the items?"), widget=forms.RadioSelect, choices=Says.choices
    )
    because = forms.CharField(
        label=gettext_lazy("Why it is needed"), max_length=480, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["says"].hints = {str(key): words for key, words in SAYS_HINTS.items()}  # type: ignore[attr-defined]


class DefaultsForm(forms.Form):
    """What batches of an organisation begin with."""

    contact = forms.CharField(
        label=gettext_lazy("Whom people can write to about their data"), max_length=200, required=False
    )
    purpose = forms.CharField(
        label=gettext_lazy("What data is usually used for"), max_length=480, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    basis = forms.ChoiceField(
        label=gettext_lazy("Usual legal basis (GDPR Article 6)"), required=False,
        widget=forms.RadioSelect, choices=Basis.choices,
    )  # fmt: skip
    keep_days = forms.IntegerField(
        label=gettext_lazy("Days it is kept after a batch closes"), min_value=1, max_value=7300, required=False
    )
    afterwards = forms.ChoiceField(
        label=gettext_lazy("What happens then"), required=False, widget=forms.RadioSelect, choices=Afterwards.choices
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress_protection(self)


def dress_protection(form: forms.Form) -> None:
    """Each way of the lists with the plain sentence that explains it."""
    for name, hints in (("basis", BASIS_SAYS), ("special_basis", SPECIAL_SAYS), ("afterwards", AFTERWARDS_HINTS)):
        if name in form.fields:
            form.fields[name].hints = {str(key): words for key, words in hints.items()}  # type: ignore[attr-defined]


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why it must be kept"), max_length=480, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The owners of the batch read it. For example: the case number of the court."),
    )  # fmt: skip
    until = forms.DateField(
        label=gettext_lazy("Until when"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The hold ends by itself after this day; a later day can be set before."),
    )  # fmt: skip


class PersonForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail address"))


def saved(form: forms.Form, save: Callable[[dict[str, Any]], Any]) -> bool:
    """Parse, then hand over; what the action refuses is shown at its field. False where something is to be put right."""
    if not form.is_valid():
        return False
    try:
        save(form.cleaned_data)
    except Invalid as error:
        add_errors(form, error)
        return False
    return True


def add_errors(form: forms.Form, error: Invalid) -> None:
    for name, words in error.fields.items():
        form.add_error(name if name in form.fields else None, words)
        if name not in form.fields and isinstance(form, QuestionForm):
            form.config_errors[name] = words
    if not error.fields:
        form.add_error(None, f"{error.message} {error.remedy}".strip())


# The settings of a task type, drawn and read after its schema


def field_name(declared: TaskType, name: str) -> str:
    return f"{declared.code}-{name}"


def read_config(declared: TaskType, posted: QueryDict) -> dict[str, Any]:
    """The settings of a type as the form posts them, in the kinds that its schema names."""
    found: dict[str, Any] = {}
    for name, rule in declared.config_schema.get("properties", {}).items():
        field = field_name(declared, name)
        words = posted.get(field, "").replace("\x00", "").strip()
        if rule["type"] == "array":
            lines = (" ".join(value.replace("\x00", "").split()) for value in posted.getlist(field))
            found[name] = [line for line in lines if line]
        elif rule["type"] == "boolean":
            found[name] = field in posted
        elif rule["type"] == "integer":
            found[name] = words if (number := whole(words)) is None else number
        elif rule["type"] == "number" and words:
            found[name] = words if (figure := decimal(words)) is None else figure
        elif (rule.get("format") and not words) or rule["type"] == "number":
            continue
        else:
            found[name] = words
    return found


def shown_config(batch: Batch, posted: QueryDict | None) -> dict[str, Mapping[str, Any]]:
    """For each type what its settings show: as posted, as stored, else its example."""
    found: dict[str, Mapping[str, Any]] = {}
    for code, declared in task_types().items():
        stored = {**declared.example(), **batch.config} if code == batch.task_type else declared.example()
        found[code] = read_config(declared, posted) if posted is not None else stored
    return found
