"""The forms of a page as a browser would send them untouched."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.forms = page, dict[str, list[tuple[str, str]]]()
        self.here: list[tuple[str, str]] | None = None
        self.chosen: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name, value = said.get("name") or "", said.get("value") or ""
        if tag == "form":
            where = urlsplit(urljoin(self.page, said.get("action") or self.page)).path
            self.here = self.forms.setdefault(where, []) if (said.get("method") or "").lower() == "post" else None
        elif self.here is None:
            return
        elif tag == "select":
            self.chosen = name
        elif tag == "option" and self.chosen and ("selected" in said or self.chosen not in dict(self.here)):
            self.here.append((self.chosen, value))
        elif tag == "textarea" and name:
            self.here.append((name, ""))
        elif (tag == "input" and name and name != "csrfmiddlewaretoken") or (tag == "button" and name):
            self.here.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.here = None
        if tag == "select":
            self.chosen = None


def forms_of(page: str, html: str) -> dict[str, list[tuple[str, str]]]:
    """For each address that a form of this page posts to, all its fields with a value; every choice of a group."""
    reader = _Reader(page)
    reader.feed(html)
    return reader.forms
