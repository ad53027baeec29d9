"""Invented words and numbers for the page of elements; no page of the product uses them."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext as _

from talkoo.lib import charts
from talkoo.lib.difference import difference
from talkoo.lib.watermark import Mark

TOPICS = (
    ("traffic", "Traffic and parking"),
    ("light", "Loss of light or privacy"),
    ("noise", "Noise during building"),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    question = forms.CharField(label="Question", help_text="What a contributor is asked.", max_length=200)
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 2}), required=False)
    kind = forms.ChoiceField(label="Task type", choices=TOPICS)
    topics = forms.MultipleChoiceField(label="Topics", choices=TOPICS, widget=forms.CheckboxSelectMultiple)
    sure = forms.ChoiceField(label="How sure are you?", choices=TOPICS, widget=forms.RadioSelect)
    least = forms.IntegerField(label="Least answers", min_value=1, max_value=9)
    until = forms.DateField(label="Needed by", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    file = forms.FileField(label="File", help_text="CSV, at most 10 MB.", required=False)
    agree = forms.BooleanField(label="Show my organisation", help_text="Never your name.")


def _forms() -> dict[str, Any]:
    good = SampleForm(initial={"question": "Which topics does this letter raise?", "topics": ["light"], "least": 3})
    bad = SampleForm({"least": "0", "note": "kept"}, prefix="bad")
    bad.data = {f"bad-{key}": value for key, value in bad.data.items()}
    bad.full_clean()
    bad.add_error(None, "The file has no rows below its heading.")
    return {"form": good, "bad_form": bad}


def _charts() -> dict[str, charts.Chart]:
    topics = [
        charts.Bar("Traffic and parking", 212, "212", 190, 233),
        charts.Bar("Loss of light or privacy", 148, "148", 131, 166),
    ]
    agree = [
        charts.Interval("Traffic", 82, 88, 93, "88"),
        charts.Interval("Design and height", 41, 58, 74, "58", warm=True),
    ]
    settled = [
        charts.Point(day, value) for day, value in (("Mon", 40), ("Tue", 96), ("Wed", 170), ("Thu", 260), ("Fri", 412))
    ]
    ahead = [charts.Point("Mon 30", 520, 470, 570), charts.Point("Tue 1", 600, 540, 600)]
    weeks = [("40", 12.0), ("41", 18.5), ("42", 9.0), ("43", 22.0)]
    return {
        "bars": charts.bars("c-bars", "What the letters are about", "Traffic leads.", topics, of="Topic", unit="Letters"),
        "intervals": charts.intervals(
            "c-int", "Do people agree?", "Design is read in two ways.", agree, (0, 100), [(0, "by chance"), (100, "always")], of="Topic"
        ),
        "line": charts.line(
            "c-line", "Letters settled", "412 of 600, all by Tuesday.", settled, of="Day", unit="Letters",
            top=600, forecast=ahead, goal=(600, "all 600 letters"), notes=[(4, "412")],
        ),
        "columns": charts.columns("c-col", "Hours a week", "Most in week 43.", weeks, of="Week", unit="Hours"),
    }  # fmt: skip


def _steps() -> list[dict[str, str]]:
    return [
        {"label": "Upload", "note": "letters.csv, 600 rows", "state": "done", "href": "#steppers", "when": "Mon 09:12", "text": ""},
        {"label": "Question", "note": "Several choices", "state": "now", "href": "#steppers", "when": "now", "text": "Two people differ."},
        {"label": "Check and open", "note": "Nothing is public yet", "state": "later", "href": "", "when": "", "text": ""},
    ]  # fmt: skip


def live() -> dict[str, Any]:
    """What a live progress looks like when its work is done: it asks no more."""
    return {"id": "p3", "label": "600 rows read", "value": 600, "max": 600, "note": "done"}


def everything() -> dict[str, Any]:
    """The context of elements_page.html."""
    pages = Paginator(range(400), 20)
    return {
        **_forms(),
        "charts": _charts(),
        "steps": _steps(),
        "few": Paginator(range(15), 20).page(1),
        "page": pages.page(7),
        "trail": [{"label": "My batches", "href": "#main"}, {"label": "Planning objections", "href": "#main"}],
        "levels": range(4),
        "icons": ("check", "clock", "calendar", "flag", "people", "upload", "download", "edit", "eye", "key", "sure"),
        "chips": [{"label": word, "href": "#chips-h", "current": i == 0} for i, word in enumerate(("10 minutes", "30 minutes", "An hour"))],
        "tabs": [
            {"label": "Results", "href": "#tabs-h", "current": True, "count": 412},
            {"label": "Disagreements", "href": "#tabs-h", "count": 38},
            {"label": "Settings", "href": "#tabs-h"},
        ],
        "facts": [("Answers so far", "1,566, or 3.8 a letter"), ("Time given", "104 hours")],
        "legend": [{"label": "settled"}, {"label": "forecast", "mark": "dash"}, {"label": "90 % of outcomes", "mark": "band"}],
        "split": [("yes", 4), ("no", 2)],
        "crowd": [("urgent", 70), ("soon", 40), ("can wait", 9)],
        "pieces": ["done"] * 6 + ["now"] + ["later"] * 3,
        "problems": [{"message": "Choose a topic, or say why you cannot", "href": "#main"}],
        "changed": difference("Choose one topic that the writer raises.", "Choose every topic the writer complains about."),
        "table": charts.Table("Answers by organisation", ("Organisation", "Yes", "No"), [("City of Norrby", 3, 1), ("Harbour Police", 2, 0)]),
        "no_rows": charts.Table("Answers by team", ("Team", "Yes", "No"), []),
        "sample_mark": Mark("Amina Diallo", "28 November 2026, 14:05"),
        "hint": _("For developers and testers"),
    }  # fmt: skip
