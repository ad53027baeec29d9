"""Elements render with the parameters they document, and no template breaks the rules of the house."""

import re
from pathlib import Path

import pytest
from django import forms
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import RequestFactory

import talkoo
from talkoo.lib import samples, views
from talkoo.lib.templatetags import elements

PACKAGE = Path(talkoo.__file__).parent
OURS = sorted(PACKAGE.glob("templates/**/*.html")) + sorted(PACKAGE.glob("*/templates/**/*.html"))
ELEMENTS = sorted(path.stem for path in PACKAGE.glob("templates/elements/*.html"))
OF_THE_PAGE = {"footer", "header", "messages", "script_words", "brand", "mark", "field_error", "fieldset", "option"}


def render(source, **context):
    return Template(source).render(Context(context))


def page_of_elements():
    request = RequestFactory().get("/elements/?q=letters")
    request.subject = None
    return views.elements(request).content.decode()


@pytest.mark.parametrize("name", ELEMENTS)
def test_every_element_says_what_it_takes(name):
    source = (PACKAGE / f"templates/elements/{name}.html").read_text()
    assert name == "mark" or source.startswith(("{#", "{% comment %}")), (
        "begin with a comment that names the parameters"
    )


def test_the_page_of_elements_shows_every_element():
    shown = "".join(path.read_text() for path in PACKAGE.glob("templates/elements_page/*.html"))
    shown += (PACKAGE / "templates/elements_page.html").read_text()
    used = set(re.findall(r'{% (?:el|part) "(\w+)"', shown))
    assert set(ELEMENTS) - used == OF_THE_PAGE
    assert "Traffic and parking" in page_of_elements()


def test_the_page_of_elements_repeats_no_id():
    ids = re.findall(r' id="([^"]+)"', page_of_elements())
    assert not {one for one in ids if ids.count(one) > 1 and not one.startswith("errors")}


def test_a_live_progress_asks_again_until_it_is_done():
    assert 'hx-get="?part=progress"' in page_of_elements()
    done = views.elements(RequestFactory().get("/elements/?part=progress")).content.decode()
    assert "hx-get" not in done


def test_an_element_sees_only_what_it_is_given():
    assert "secret" not in render('{% part "tag" label="open" %}', icon="secret", label="secret")


def test_the_body_of_an_element_is_escaped_once():
    assert "&lt;b&gt; &amp;" in render('{% el "card" %}{{ text }}{% endel %}', text="<b> &")


@pytest.mark.parametrize("broken", ["{% part %}", '{% part "tag" label %}', '{% el "card" %}'])
def test_an_element_called_wrongly_fails_when_the_page_is_read(broken):
    with pytest.raises(TemplateSyntaxError):
        Template(broken)


@pytest.mark.parametrize(
    ("level", "word"), [(0, "Open"), ("1", "Internal"), ("confidential", "Confidential"), (3, "Restricted")]
)
def test_sensitivity_takes_a_number_or_a_word(level, word):
    shown = render('{% part "sensitivity" level=level %}', level=level)
    assert word in shown
    assert "Sensitivity:" in shown


def test_a_few_answers_are_a_square_each_and_many_are_shares():
    assert [square["side"] for square in elements.squares([("yes", 2), ("no", 1)])] == [0, 0, 1]
    many = elements.squares([("yes", 990), ("no", 10)])
    assert [many[0]["side"], many[-1]["side"]] == [0, 1]
    assert len(many) <= elements.SQUARES + 1
    assert elements.squares([]) == elements.squares([("yes", 0)]) == []


class Letter(forms.Form):
    title = forms.CharField(help_text="In a few words.")
    topic = forms.MultipleChoiceField(
        choices=[("a", "Trees"), ("b", "<i>Light</i>")], widget=forms.CheckboxSelectMultiple
    )
    agree = forms.BooleanField()
    secret = forms.CharField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(widget=forms.Textarea, required=False)


def field(form, name, **more):
    return render("{% part 'field' field=field keys=keys %}", field=form[name], **more)


def test_a_field_ties_its_hint_and_its_error_to_the_input():
    shown = field(Letter({}), "title")
    assert 'aria-describedby="id_title-hint id_title-error"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'id="id_title-error"' in shown
    assert "aria-describedby" not in field(Letter(), "note")


def test_options_keep_what_was_chosen_escape_labels_and_carry_keys():
    shown = field(Letter({"topic": ["b"]}), "topic", keys=True)
    assert "&lt;i&gt;Light" in shown
    assert re.search(r'value="b" data-key="2" checked', shown)
    assert not re.search(r'value="a"[^>]*checked', shown)


def test_optional_fields_say_so_and_hidden_ones_say_nothing():
    assert "(optional)" in field(Letter(), "note")
    assert "(optional)" not in field(Letter(), "title")
    assert "label" not in field(Letter(), "secret")


def test_the_summary_of_errors_leads_to_each_field():
    form = Letter({"title": "x"})
    form.add_error(None, "The file is empty.")
    shown = render("{% part 'errors' form=form %}", form=form)
    assert "3 things to put right" in shown
    assert 'href="#id_topic_0">Topic: Choose at least one.' in shown
    assert 'href="#id_agree"' in shown
    assert "<li>The file is empty.</li>" in shown
    assert render("{% part 'errors' form=form %}", form=Letter()).strip() == ""


def test_pages_keep_the_rest_of_the_query():
    request = RequestFactory().get("/tasks/?q=a+%26+b&page=2")
    shown = render(
        "{% part 'pagination' page=page label='Pages' %}", page=Paginator(range(100), 10).page(2), request=request
    )
    assert 'href="?q=a+%26+b&amp;page=3"' in shown
    assert 'aria-current="page"' in shown
    assert render("{% part 'pagination' page=page label='Pages' %}", page=Paginator([], 10).page(1)).strip() == ""


def test_a_task_row_posts_where_taking_changes_something():
    given = {
        "id": "t",
        "href": "/b/1",
        "organisation": "Norrby",
        "sensitivity": 1,
        "title": "Sort",
        "effort": "4 min",
        "done": 1,
        "total": 3,
        "verb": "Start",
    }
    row = "elements/task_row.html"
    assert "<form" not in render_to_string(row, given)
    assert 'action="/take"' in render_to_string(row, {**given, "post": "/take", "csrf_token": "x"})


def test_a_progress_never_shows_a_language_to_the_browser(settings):
    settings.USE_THOUSAND_SEPARATOR = True
    assert 'value="1500" max="12000"' in render("{% part 'progress' id='p' label='l' value=1500 max=12000 %}")


def test_what_was_struck_out_of_a_letter_is_marked_and_nothing_else_is_trusted():
    shown = elements.covered("I live at [address covered] <b> [ covered] [1]")
    assert shown == 'I live at <mark class="covered">address covered</mark> &lt;b&gt; [ covered] [1]'


def without_comments(source):
    return re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", source, flags=re.DOTALL)


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_template_carries_styles_scripts_or_handlers(path):
    source = without_comments(path.read_text())
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|data:image", source)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source))


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_icon_of_a_template_exists(path):
    known = set(
        re.findall(r'^  "([\w-]+)":', (PACKAGE.parents[1] / "frontend/icons.json").read_text(), flags=re.MULTILINE)
    )
    source = without_comments(path.read_text())
    asked = re.findall(r'icon="([\w-]+)"|icon\.html" with name="([\w-]+)"|part "icon" name="([\w-]+)"', source)
    assert {name for names in asked for name in names if name} <= known


def words_outside_translation(source):
    """Letters that stand between tags without a translate tag around them: what a reader would see untranslated."""
    source = without_comments(source)
    source = re.sub(r"<(\w+)[^>]* translate=\"no\".*?</\1>", "", source, flags=re.DOTALL)
    source = re.sub(r"{% block (screen|width|form_width) %}.*?{% endblock %}", "", source)
    source = re.sub(r"{% (block)translate.*?{% endblocktranslate %}", "", source, flags=re.DOTALL)
    source = re.sub(r"{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL)
    source = re.sub(r"<(title|desc)\b[^>]*></\1>", "", source)
    text = re.sub(r"<[^>]*>", "\n", source, flags=re.DOTALL)
    text = re.sub(r"&\w+;", "", text)
    return [line.strip() for line in text.splitlines() if re.search(r"[A-Za-z]{2,}", line)]


NAMES = {"Talkoo", "– Talkoo", "Ctrl ↵"}


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_word_of_a_template_can_be_translated(path):
    if "elements_page" in path.parts:
        pytest.skip("sample words")
    assert [line for line in words_outside_translation(path.read_text()) if line not in NAMES] == []


def test_the_sweep_finds_a_word_that_was_forgotten():
    assert words_outside_translation("<p>Hello {{ name }}</p>") == ["Hello"]
    assert words_outside_translation("{% blocktranslate %}Hello{% endblocktranslate %}") == []


def test_every_file_that_the_base_page_names_exists():
    names = re.findall(r"{% static '([^']+)' %}", (PACKAGE / "templates/base.html").read_text())
    assert len(names) > 10
    assert [name for name in names if finders.find(name) is None] == []


def test_every_file_that_a_style_sheet_names_exists():
    missing = [
        f"{sheet.name}: {address}"
        for sheet in PACKAGE.glob("static/css/*.css")
        for address in re.findall(r"url\(([^)]+)\)", sheet.read_text())
        if not (sheet.parent / address.strip("\"'")).resolve().exists()
    ]
    assert missing == []


def test_style_sheets_stay_small_and_scripts_stay_strict():
    assert not [path.name for path in PACKAGE.glob("static/css/*.css") if len(path.read_text().splitlines()) > 400]
    scripts = list(PACKAGE.glob("static/js/*.js"))
    assert scripts
    assert not [
        path.name for path in scripts if '"use strict"' not in path.read_text() or "innerHTML" in path.read_text()
    ]


def test_samples_are_all_used():
    shown = "".join(path.read_text() for path in PACKAGE.glob("templates/elements_page/*.html"))
    shown += (PACKAGE / "templates/elements_page.html").read_text()
    assert [name for name in samples.everything() if not re.search(rf"\b{name}\b", shown)] == []
