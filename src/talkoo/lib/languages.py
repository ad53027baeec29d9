"""The languages that Talkoo speaks here, and which of them somebody is spoken to in.

A language is installed where a compiled catalogue of Talkoo's messages lies for it. English needs none.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from talkoo.lib import pseudo
from talkoo.lib.formats import USUAL, Reader, read_by, reading

SOURCE = "en"  # what the messages in the code are written in


def own_name(code: str) -> str:
    """What speakers call their language."""
    info = LANG_INFO.get(code, {})
    name = str(info.get("name_local", code))
    return name[:1].upper() + name[1:]


def installed(folders: Iterable[Path], *, pseudo_locales: bool = False) -> list[tuple[str, str]]:
    """Code and name of every language that has a catalogue in one of the folders, as Django's setting LANGUAGES."""
    found = {each.parent.parent.name for folder in folders for each in folder.glob("*/LC_MESSAGES/django.mo")}
    codes = sorted({translation.to_language(name) for name in found} - {SOURCE})
    nobodys = pseudo.NAMES.items() if pseudo_locales else ()
    return [(code, own_name(code)) for code in [SOURCE, *codes]] + list(nobodys)


def is_installed(code: str) -> bool:
    return code in dict(settings.LANGUAGES)


def asked_for(header: str) -> str:
    """The installed language that a browser asks for first (RFC 9110, Accept-Language); the house's where it asks for none.

    Who asks for Swiss German gets German; who asks for Serbian gets the script that is there.
    """
    codes = [code for code, _name in settings.LANGUAGES]
    for wanted, _weight in parse_accept_lang_header(header.lower()):
        base = wanted.partition("-")[0]
        for code in (wanted, base):
            if code in codes:
                return code
        for code in codes:
            if code.startswith(f"{base}-") and code not in pseudo.NAMES:
                return code
    return settings.LANGUAGE_CODE


def speak(language: str, reader: Reader = USUAL) -> None:
    """From now on this language and this way of writing hold: for a request, which the next one begins anew.

    Nothing is put back when the response is made: what is streamed is still being written then.
    """
    translation.activate(language)
    read_by(reader)


@contextmanager
def speaking(language: str, reader: Reader = USUAL) -> Iterator[None]:
    """For a while, to somebody who is not the one that asks: the receiver of a mail. "" is the language of the house."""
    with translation.override(language if is_installed(language) else settings.LANGUAGE_CODE), reading(reader):
        yield
