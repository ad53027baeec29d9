"""Elements of the interface: `{% part "button" label=… %}` and `{% el "card" heading=… %} … {% endel %}`.

An element is one file of templates/elements/ and sees only what it is given, so that a page can be read
without knowing what surrounds it. `el` hands its body over as `slot`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms, template
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.paginator import Page
from django.http import QueryDict
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from talkoo.lib.formats import own_level

register = template.Library()

GENERAL = {
    "required",
    "invalid",
    "invalid_choice",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
}  # name no field
SQUARES = 14  # more answers than this are drawn as a share, not one square each


class ElementNode(template.Node):
    """Renders templates/elements/<name>.html with the given values alone (and the request, for query strings)."""

    def __init__(
        self, name: FilterExpression, values: Mapping[str, FilterExpression], nodelist: NodeList | None
    ) -> None:
        self.name, self.values, self.nodelist = name, values, nodelist or NodeList()
        self.has_body = nodelist is not None

    def render(self, context: template.Context) -> SafeString:
        values: dict[str, Any] = {key: value.resolve(context) for key, value in self.values.items()}
        if self.has_body:
            values["slot"] = mark_safe(self.nodelist.render(context))  # noqa: S308 - rendered and escaped by the page
        for shared in ("request", "csrf_token"):
            values.setdefault(shared, context.get(shared))
        page = context.template.engine.get_template(f"elements/{self.name.resolve(context)}.html")  # type: ignore[union-attr]
        return page.render(context.new(values))


def _read(parser: Parser, token: Token) -> tuple[FilterExpression, dict[str, FilterExpression]]:
    tag, *bits = token.split_contents()
    if not bits:
        raise template.TemplateSyntaxError(f"{tag}: name the element")
    name = parser.compile_filter(bits.pop(0))
    values = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"{tag}: cannot read {bits}")
    return name, values


@register.tag
def el(parser: Parser, token: Token) -> ElementNode:
    """An element with a body."""
    name, values = _read(parser, token)
    nodelist = parser.parse(("endel",))
    parser.delete_first_token()
    return ElementNode(name, values, nodelist)


@register.tag
def part(parser: Parser, token: Token) -> ElementNode:
    """An element without a body."""
    name, values = _read(parser, token)
    return ElementNode(name, values, None)


@register.filter
def initials(name: object) -> str:
    """Two letters that stand for a person where there is no picture (there never is one)."""
    return "".join(word[0] for word in str(name).split()[:2]).upper()


@dataclass(frozen=True)
class Level:
    """A sensitivity as it is shown: its icon and its word carry it, the colour only helps."""

    icon: str
    word: Any
    color: str

    @property
    def own(self) -> str:
        """What the reader's organisation calls it, beside Talkoo's word."""
        return own_level(LEVELS.index(self))


LEVELS = (
    Level("open", _("Open"), "neutral"),
    Level("internal", _("Internal"), "info"),
    Level("confidential", _("Confidential"), "brand1"),
    Level("restricted", _("Restricted"), "danger"),
)


@register.filter
def level(sensitivity: int | str) -> Level:
    """The level of a number 0..3 or of a word (open, internal, confidential, restricted)."""
    if str(sensitivity).isdigit():
        return LEVELS[int(sensitivity)]
    return next(known for known in LEVELS if known.icon == str(sensitivity).lower())


@register.filter
def elided(page: Page[Any]) -> list[int | str]:
    """Page numbers with gaps: 1 … 4 5 6 … 20."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.filter
def squares(parts: Sequence[tuple[object, int]]) -> list[dict[str, Any]]:
    """Answers as squares, one each: parts are (label, how many), most first. Many answers become shares of SQUARES."""
    total = sum(count for _label, count in parts)
    scale = min(1.0, SQUARES / total) if total else 1.0
    shown: list[dict[str, Any]] = []
    for side, (_label, count) in enumerate(parts):
        drawn = max(1, round(count * scale)) if count else 0
        shown += [{"side": min(side, 3)}] * drawn
    return shown


# Forms


@register.filter
def kind(field: forms.BoundField) -> str:
    """How a bound field is drawn: hidden, options (radios, checkboxes), check (one checkbox), file or line."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "options"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    return "file" if isinstance(widget, forms.FileInput) else "line"


@register.filter
def described_by(field: forms.BoundField) -> str:
    """Ids of the hint and the error of a field, as far as they are there."""
    ids = [f"{field.auto_id}-hint"] if field.help_text else []
    return " ".join([*ids, f"{field.auto_id}-error"] if field.errors else ids)


@register.filter
def control(field: forms.BoundField) -> SafeString:
    """The input of a bound field, dressed and tied to its hint and error; what is typed runs as its own letters do."""
    attrs: dict[str, Any] = {
        "placeholder": False,
        "class": f"ds-input {field.field.widget.attrs.get('class', '')}".strip(),
    }
    if isinstance(field.field.widget, forms.CheckboxInput):
        attrs["data-color"] = "accent"
    if type(field.field.widget) in {forms.TextInput, forms.Textarea}:
        attrs["dir"] = "auto"
    if words := described_by(field):
        attrs["aria-describedby"] = words
    if field.errors:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


@register.filter
def choices(field: forms.BoundField) -> Iterator[dict[str, Any]]:
    """The radios or checkboxes of a field, one dict each: id, name, value, label, checked, type, hint."""
    hints: Mapping[str, str] = getattr(field.field, "hints", {})
    for choice in field.subwidgets:
        data = choice.data
        yield {
            "id": data["attrs"].get("id", ""),
            "name": data["name"],
            "value": str(data["value"]),
            "label": data["label"],
            "checked": data["selected"],
            "type": data["type"],
            "hint": hints.get(str(data["value"]), ""),
        }


@register.filter
def of(errors: Mapping[str, Sequence[str]], name: str) -> Sequence[str]:
    """What is wrong with one field, of all that is."""
    return errors.get(name, ())


@register.filter
def error_links(form: forms.BaseForm) -> Iterator[dict[str, str]]:
    """What has to be put right, each with the address of its field (none for the form as a whole)."""
    for name, errors in form.errors.items():
        field = None if name == NON_FIELD_ERRORS else form[name]
        for error in errors.as_data():
            words = " ".join(error.messages)
            named = field is not None and error.code in GENERAL
            yield {
                "message": f"{str(field.label).rstrip(' ?:.')}: {words}" if field and named else words,
                "href": _first_control(field) if field else "",
            }


def _first_control(field: forms.BoundField) -> str:
    return f"#{field.auto_id}_0" if kind(field) == "options" else f"#{field.auto_id}"


@register.filter
def error_heading(errors: Iterable[object]) -> str:
    """The heading above what has to be put right."""
    count = len(list(errors))
    return ngettext("One thing to put right", "%(count)d things to put right", count) % {"count": count}


# Words of citizens

COVERED = re.compile(r"\[([^\[\]\n]{1,60} covered)\]")  # how names and addresses are struck out before people read


@register.filter
def covered(text: str) -> SafeString:
    """A text whose struck-out places, "[name covered]", look like what they are."""
    return mark_safe(COVERED.sub(r'<mark class="covered">\1</mark>', escape(text)))  # noqa: S308 - escaped just here


# Numbers and addresses


@register.filter
def machine(number: object) -> str:
    """A number for an attribute: never with the separators of a language."""
    return str(number)


@register.simple_tag(takes_context=True)
def page_href(context: template.Context, number: int, param: str = "") -> str:
    """The address of another page of the same list; the rest of the query stays."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    query[param or "page"] = str(number)
    return f"?{query.urlencode()}"
