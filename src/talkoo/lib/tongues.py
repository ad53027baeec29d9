"""Languages that people write in, by their BCP 47 tags: what they are called, and which way they run.

Django's table names about ninety, in the catalogue of each language it speaks; those of Europe's minorities and of people
who came here stand beside it. Talkoo speaks few of them; a batch may be in any.
"""

from functools import cache

from django.conf.locale import LANG_INFO
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talkoo.lib import pseudo

MORE: dict[str, str | Promise] = {
    "am": _("Amharic"), "prs": _("Dari"), "fo": _("Faroese"), "kl": _("Greenlandic"), "smn": _("Inari Sámi"),
    "kmr": _("Kurdish, Kurmanji"), "smj": _("Lule Sámi"), "mt": _("Maltese"), "cnr": _("Montenegrin"),
    "se": _("Northern Sámi"), "ps": _("Pashto"), "rom": _("Romani"), "sms": _("Skolt Sámi"), "so": _("Somali"),
    "sma": _("Southern Sámi"), "ti": _("Tigrinya"), "yi": _("Yiddish"),
}  # fmt: skip
FROM_THE_RIGHT = frozenset({"prs", "ps", "yi"}) | {code for code, info in LANG_INFO.items() if info.get("bidi")}
PLACES = frozenset({"pt-br"})  # of the languages of one country only those that are written differently
LEFT_OUT = frozenset({"no"})  # Bokmål and Nynorsk are there


def _tag(code: str) -> str:
    """As BCP 47 writes it: the script with a capital, the country in capitals."""
    language, _dash, rest = code.partition("-")
    return f"{language}-{rest.upper() if len(rest) == 2 else rest.title()}" if rest else language


@cache
def tongues() -> dict[str, str | Promise]:
    """Every tag that may be chosen, with a name in the language that is active."""
    found: dict[str, str | Promise] = dict(MORE)
    for code, info in LANG_INFO.items():
        named = "name" in info and code not in LEFT_OUT
        if named and ("-" not in code or code in PLACES or len(code.partition("-")[2]) > 2):
            found[_tag(code)] = str(info["name"])
    return found


def choices() -> list[tuple[str, str]]:
    """All of them by name, in the language of the reader: Django's names are messages of its catalogue."""
    named = ((tag, gettext(name) if isinstance(name, str) else str(name)) for tag, name in tongues().items())
    return sorted(named, key=lambda pair: pair[1].casefold())


def called(tag: str) -> str:
    """The name of a language; the tag itself where it has none."""
    name = tongues().get(tag, tag)
    return gettext(name) if isinstance(name, str) and name else str(name)


def likely(language: str) -> str:
    """The tag of what somebody who reads Talkoo in `language` probably writes in; "" for a language of nobody."""
    tag = "" if language in pseudo.NAMES else _tag(language)
    return next((each for each in (tag, tag.partition("-")[0]) if each in tongues()), "")


def attributes(tag: str) -> SafeString:
    """The attributes of an element that holds such a text: its language and its direction.

    Where no language is known the direction goes by the first letter, as HTML's dir="auto" has it.
    """
    if not tag:
        return format_html(' dir="{}"', "auto")
    return format_html(' lang="{}" dir="{}"', tag, "rtl" if tag.partition("-")[0] in FROM_THE_RIGHT else "ltr")
