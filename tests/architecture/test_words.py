"""Every word that somebody sees or hears passes a translator."""

import ast
import re
import zlib

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import translation
from django.utils.translation import trans_real

from tests.architecture import world as worlds
from tests.architecture.conftest import undone
from tests.architecture.routes import ALLAUTH, ALLAUTH_AT, PAGE, ROUTES
from tests.architecture.sources import PACKAGE, modules, named, report, templates, text, tracked, tree
from tests.architecture.test_routes import address, reverse
from tests.architecture.words import literal_arguments, loose_words, unmarked, unreadable, wordy

SAMPLES = ("elements_page", "lib/samples.py")  # the page of elements shows invented words


def _pages():
    return [path for path in templates() if path.suffix == ".html" and not any(each in named(path) for each in SAMPLES)]


def test_templates_hold_no_words_outside_of_translation_tags():
    found = [f"{named(path)}: {words}" for path in _pages() for words in loose_words(text(path))]
    assert not found, report(found)


def test_elements_are_not_handed_untranslated_words():
    found = [f"{named(path)}:{line}: {words}" for path in _pages() for line, words in literal_arguments(text(path))]
    assert not found, report(found)


SPEAKERS = re.compile(
    r"^(messages\.(success|info|warning|error|debug)|Invalid|Denied|Missing|Conflict|DomainError|Unreadable)$"
)


def test_errors_and_messages_are_translated():
    """What an action refuses and what a view tells is never a bare string."""
    found = []
    for path in modules():
        if any(part in named(path) for part in ("/desk/replay/", "/desk/demo/", "cli.py", "/config/")):
            continue  # the operator's commands speak English
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and SPEAKERS.match(ast.unparse(node.func)):
                said = [*node.args, *(each.value for each in node.keywords if each.arg in {"message", "remedy"})]
                found += [f"{named(path)}:{each.lineno}: {ast.unparse(each)[:80]}" for each in said if _is_bare(each)]
    assert not found, report(found)


def _is_bare(node: ast.expr) -> bool:
    plain = isinstance(node, ast.Constant) and isinstance(node.value, str) and wordy(node.value)
    return plain or (
        isinstance(node, ast.JoinedStr)
        and any(isinstance(part, ast.Constant) and wordy(str(part.value)) for part in node.values)
    )


def test_scripts_hold_no_words():
    """They take them from the page (elements/script_words.html)."""
    shown = re.compile(
        r"(?:textContent|innerText|placeholder|title|ariaLabel|alert\(|confirm\(|setAttribute\(['\"]aria-label['\"],)\s*=?\s*[\"'`][^\"'`]*[A-Za-z]{2}"
    )
    scripts = [path for path in tracked() if path.suffix == ".js" and PACKAGE in path.parents]
    found = [
        f"{named(path)}:{number}: {line.strip()[:90]}"
        for path in scripts
        for number, line in enumerate(text(path).splitlines(), 1)
        if shown.search(line)
    ]
    assert not found, report(found)


OWN_FORMAT = re.compile(
    r"\|(?:date|time):(?!\"U\")|\|(?:floatformat|intcomma|filesizeformat)\b"
    r"|\b(?:date_format|time_format|number_format|floatformat)\("
)


def test_days_times_and_numbers_are_written_in_one_place():
    """Pages name what they mean (`talkoo.lib.formats`), and the reader's choice says how that is written."""
    found = [named(path) for path in [*templates(), *modules()] if OWN_FORMAT.search(text(path))]
    assert found == ["src/talkoo/lib/formats/__init__.py"]


# The pseudo-locale: every translation comes back in ⟦ ⟧, everything people wrote in ⟪ ⟫


def given(words: str) -> str:
    """Each word of what people wrote, marked; so it stays marked when a page cuts, capitalises or lists it."""
    return " ".join(f"⟪{word}⟫" for word in words.split(" "))


def marked(message: str) -> str:
    plain = message.rpartition("\x04")[2]
    return f"⟦{plain}⟧" if plain.strip() else plain


RIGHTWARD, LEFTWARD = "sv", "ar"  # both write a comma before decimals


class Marking(trans_real.DjangoTranslation):
    """A language in which everything is said, in brackets."""

    def gettext(self, message: str) -> str:
        return marked(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return marked(msgid1 if n == 1 else msgid2)


@pytest.fixture(scope="module")
def marking():
    spoken = [settings.LANGUAGE_CODE, RIGHTWARD, LEFTWARD]
    with pytest.MonkeyPatch.context() as patch, override_settings(LANGUAGES=[(code, code) for code in spoken]):
        for code in spoken:
            patch.setitem(trans_real._translations, code, Marking(code))
        patch.setattr(trans_real, "_default", None)
        translation.activate(settings.LANGUAGE_CODE)
        yield
    translation.deactivate()  # only now: what is active holds on to the language it was made with


@pytest.fixture(scope="module")
def marked_world(django_db_setup, django_db_blocker, uploads, marking):
    with django_db_blocker.unblock(), undone():
        yield worlds.build(given)


def _read(world, who: str | None, where: str, method: str = "get", **data) -> list[str]:
    """What is wrong with the page: one half of the addresses is read from the left, the other from the right."""
    language, way = (RIGHTWARD, "ltr") if zlib.crc32(where.encode()) % 2 else (LEFTWARD, "rtl")
    with undone():
        response = getattr(world.client(who), method)(where, data, headers={"accept-language": language})
        if response.streaming or "text/html" not in response.headers.get("Content-Type", ""):
            return []
        page = response.content.decode()
        unled = [] if f'<html lang="{language}" dir="{way}"' in page else [f"not said to be in {language}, {way}"]
        return unled * ("<html" in page) + unmarked(page) + unreadable(page)


IN_ENGLISH = {"elements", "api_docs"}  # invented words; the reference for programmers, as the OpenAPI document is


@pytest.mark.parametrize("key", [key for key, route in ROUTES.items() if route.get == PAGE and key not in IN_ENGLISH])
def test_every_page_speaks_through_the_translator(marked_world, key):
    route = ROUTES[key]
    found = _read(marked_world, route.right, address(marked_world, key))
    assert not found, report(found)


@pytest.mark.parametrize("key", [key for key, route in ROUTES.items() if route.post not in {405, 302, 204}])
def test_every_form_that_comes_back_speaks_through_the_translator(marked_world, key):
    route = ROUTES[key]
    found = _read(marked_world, route.right, address(marked_world, key), "post", csrfmiddlewaretoken="x", **route.data)
    assert not found, report(found)


@pytest.mark.parametrize("name", ALLAUTH)
def test_sign_in_speaks_through_the_translator(marked_world, name):
    where, found = reverse(name, kwargs=ALLAUTH_AT.get(name)), []
    for who in (None, "contributor"):
        for method in ("get", "post"):
            found += [
                f"{method} as {who or 'a visitor'}: {words}"
                for words in _read(marked_world, who, where, method, csrfmiddlewaretoken="x")
            ]
    assert not found, report(found)


@pytest.mark.parametrize(
    ("who", "where"), [("outsider", "batch"), ("contributor", "batch"), ("coordinator", "organisation_settings")]
)
def test_a_refusal_speaks_through_the_translator(marked_world, who, where):
    found = _read(marked_world, who, address(marked_world, where))
    assert not found, report(found)


def test_the_marks_are_there_at_all(marked_world):
    """A test of words that sees no marks would pass on an empty page."""
    page = marked_world.client("contributor").get("/tasks/").content.decode()
    assert page.count("⟦") > 20
    assert page.count("⟪") > 5


def test_a_word_without_marks_is_found():
    assert unmarked("<p>⟦Hello⟧ there</p>") == ["⟦Hello⟧ there"]
    assert unmarked("<p>⟦Hello <b>you</b> all⟧ ⟪Ann⟫ 12:30 – 4 × 7</p>") == []
    assert unmarked('<button aria-label="Close">×</button>') == ["button aria-label='Close'"]
    assert loose_words("<p>{% translate 'Hello' %} there</p>") == ["there"]


def test_a_number_that_only_one_language_writes_so_is_found():
    assert unreadable("<p>2,5 minutes, 10.12.2026, v1.10.2</p><progress value=2.5></progress>") == []
    assert unreadable("<p>about 2.5 minutes</p>") == ["2.5 in “about 2.5 minutes”"]
    assert unreadable('<input type="number" value="2,5">') == ["input value='2,5'"]
