"""Finding words that no translator could reach: in the source of templates, and on pages whose translations are marked."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.template.base import Lexer, TokenType

LETTERS = re.compile(r"[^\W\d_]{2,}")
SPOKEN = (
    "aria-label",
    "alt",
    "placeholder",
    "title",
    "aria-description",
    "aria-valuetext",
    "aria-roledescription",
    "label",
    "content",
)
SILENT = {"script", "style", "code", "pre", "kbd", "template"}
VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
    "use",
    "path",
}
IN_LINE = {
    "kbd",
    "code",
    "a",
    "abbr",
    "b",
    "bdi",
    "cite",
    "em",
    "i",
    "mark",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "time",
    "u",
    "wbr",
    "br",
}
NAMES = re.compile(
    r"\bTalkoo\b|\bCSV\b|\bJSONL\b|[\w.+-]+@[\w.-]+|https?://\S+|\b(?:Ctrl|Enter|Esc|Tab)\b"
)  # the same in every language


def spoken(tag: str, attributes: dict[str, str | None]) -> Iterator[tuple[str, str]]:
    """The attributes of an element that somebody reads or hears, with their words."""
    for name in SPOKEN:
        if name == "content" and not (tag == "meta" and attributes.get("name") == "description"):
            continue
        if attributes.get(name):
            yield name, attributes[name] or ""
    if tag == "input" and attributes.get("type") in {"submit", "button", "reset"} and attributes.get("value"):
        yield "value", attributes["value"] or ""


def is_silent(tag: str, attributes: dict[str, str | None]) -> bool:
    """What is the same in every language: code, key caps, initials, and whatever is marked so by HTML's own attribute."""
    return tag in SILENT or attributes.get("translate") == "no" or "avatar" in (attributes.get("class") or "")


def wordy(text: str) -> bool:
    """Whether anything is left to be translated besides names, numbers, key caps and punctuation."""
    return bool(LETTERS.search(NAMES.sub(" ", text)))


class Loose(HTMLParser):
    """Collects what is written in plain words in a template: everything dynamic was taken out before."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.silent = ""
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.silent and is_silent(tag, dict(attrs)):
            self.silent = tag
        for name, words in spoken(tag, dict(attrs)):
            self._note(words, f"{name}=")

    def handle_endtag(self, tag: str) -> None:
        if self.silent == tag:
            self.silent = ""

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self._note(data)

    def _note(self, words: str, kind: str = "") -> None:
        if wordy(words):
            self.found.append(kind + " ".join(words.split())[:80])


CLASSES = {"block screen", "block width"}  # blocks of base.html that hold names of classes


def loose_words(source: str) -> list[str]:
    """All text in a template that stands outside of its translation tags."""
    kept, inside = [], ""
    for token in Lexer(source).tokenize():
        tag = token.contents.split(None, 1)[0] if token.contents.strip() else ""
        if token.token_type == TokenType.BLOCK:
            if tag in {"blocktranslate", "blocktrans", "comment", "verbatim"} or token.contents in CLASSES:
                inside = f"end{tag}"
            elif tag == inside:
                inside = ""
        dynamic = inside or token.token_type != TokenType.TEXT
        kept.append("" if dynamic else token.contents)
    parser = Loose()
    parser.feed("".join(kept))
    parser.close()
    return parser.found


LITERAL = re.compile(
    r"(?<![\w(])(label|heading|text|lead|legend|hint|note|title|words|caption|verb|strong|about|name)=(\"[^\"]*\"|'[^']*')(?!\|)"
)


def literal_arguments(source: str) -> list[tuple[int, str]]:
    """Words handed to an element as they stand: `label="Save"` instead of `label=_("Save")`."""
    found = []
    for token in Lexer(re.sub(r"{% comment %}.*?{% endcomment %}", "", source, flags=re.DOTALL)).tokenize():
        if token.token_type == TokenType.BLOCK and token.contents.split(None, 1)[0] in {
            "el",
            "part",
            "include",
            "with",
        }:
            found += [
                (token.lineno or 0, match[0])
                for match in LITERAL.finditer(token.contents)
                if _is_sentence(match[1], match[2])
            ]
    return found


def _is_sentence(name: str, quoted: str) -> bool:
    """A capital or a space tells words for people from names of icons, fields and ids."""
    words = quoted[1:-1]
    return wordy(words) and (words[:1].isupper() or " " in words) and not (name == "name" and " " not in words)


class Unmarked(HTMLParser):
    """Collects what a page says outside of the marks ⟦ ⟧ (translated) and ⟪ ⟫ (given by people)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.depth = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in IN_LINE:
            self.depth = 0
        if tag not in VOID:
            self.open.append("script" if is_silent(tag, given) else tag)
        for name, words in spoken(tag, given):
            if wordy(outside(words)):
                self.found.append(f"{tag} {name}={words[:90]!r}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in IN_LINE:
            self.depth = 0
        if tag not in VOID and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if SILENT & set(self.open):
            return
        plain, self.depth = _outside(data, self.depth)
        if wordy(plain):
            self.found.append(" ".join(data.split())[:110])


def outside(text: str) -> str:
    """What stands outside of all marks."""
    return _outside(text, 0)[0]


def _outside(text: str, depth: int) -> tuple[str, int]:
    kept = []
    for letter in text:
        if letter in "⟦⟪":
            depth += 1
        elif letter in "⟧⟫":
            depth = max(0, depth - 1)
            kept.append(" ")
        elif not depth:
            kept.append(letter)
    return "".join(kept), depth


def unmarked(page: str) -> list[str]:
    parser = Unmarked()
    parser.feed(page)
    parser.close()
    return parser.found


MEASURES = {"value", "min", "max", "step", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height"}
MACHINES = {"progress", "meter", "rect", "line", "circle", "text", "svg"}  # and <input type="number">
POINT = re.compile(r"(?<![\d.,\w])(?<!WCAG )\d+\.\d+(?![\d.]|,\d|\w)")


class Unreadable(HTMLParser):
    """Collects numbers with a point among the words of a language that writes a comma, and commas where machines read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.silent: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID and (self.silent or is_silent(tag, given) or tag == "select"):
            self.silent.append(tag)  # options show how others write
        if tag in MACHINES or (tag == "input" and given.get("type") == "number"):
            self.found += [f"{tag} {name}={value!r}" for name, value in attrs if name in MEASURES and "," in str(value)]

    def handle_endtag(self, tag: str) -> None:
        if self.silent and tag not in VOID:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            words = " ".join(data.split())[:80]
            self.found += [f"{number} in “{words}”" for number in POINT.findall(outside_given(data))]


def outside_given(text: str) -> str:
    """What stands outside of what people gave: they write as they like."""
    return re.sub(r"⟪[^⟫]*⟫", " ", text)


def unreadable(page: str) -> list[str]:
    parser = Unreadable()
    parser.feed(page)
    parser.close()
    return parser.found
