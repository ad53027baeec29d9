"""`talkoo messages sv`: everything Talkoo says, in a file for a translator; what is translated already is compiled.

The file is kept beside the data, so that a language can be added to an installed wheel. Django's own command does the
work, on a copy: it writes beside the sources, which need not be writable.
"""

import argparse
import contextlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.commands.makemessages import Command as Collect
from django.utils.translation import to_locale

from talkoo.config.environment import PACKAGE
from talkoo.lib.env import BadSetting

TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?", re.IGNORECASE)
TOOLS = ("xgettext", "msgmerge", "msguniq", "msgattrib", "msgfmt")
NOT_READ = shutil.ignore_patterns("static", "locale", "migrations", "__pycache__", "engines", "demo_content")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("language", help="its tag, such as sv or pt-BR")


def run(arguments: argparse.Namespace) -> int:
    """Collect and compile. Run again whenever something was translated, or Talkoo was upgraded; nothing is lost."""
    if not TAG.fullmatch(arguments.language):
        raise BadSetting(f"{arguments.language!r} is not the tag of a language, for example sv or pt-BR")
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        raise BadSetting(f"{missing[0]} is not installed; it is part of GNU gettext (on Debian: apt install gettext)")
    locale = to_locale(arguments.language.lower())
    kept = Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / "django.po"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _collect(Path(folder) / "talkoo", locale, kept)
    told = _compile(kept)
    print(f"{kept}: {told}")
    print("Translate it, run this again, and restart Talkoo: what is not translated is said in English.")
    return 0


def _collect(copy: Path, locale: str, kept: Path) -> None:
    shutil.copytree(PACKAGE, copy, ignore=NOT_READ)
    written = copy / "locale" / locale / "LC_MESSAGES" / "django.po"
    written.parent.mkdir(parents=True)
    if kept.exists():
        shutil.copyfile(kept, written)
    try:
        with contextlib.chdir(copy):
            call_command(Collect(), locale=[locale], add_location="file", verbosity=0)
    except CommandError as error:
        raise BadSetting(f"{kept} cannot be read: {error}") from None
    shutil.copyfile(written, kept)


def _compile(kept: Path) -> str:
    """What msgfmt counts. A translation that lost a value is refused, and the catalogue from before stays; one without
    a word in it makes none.
    """
    made = kept.with_suffix(".new")
    words = ["msgfmt", "--check-format", "--statistics", "-o", str(made), str(kept)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadSetting(f"{kept} cannot be compiled. {done.stderr.strip()}")
    told = done.stderr.strip()
    if told.startswith("0 translated"):
        made.unlink()
    else:
        made.replace(kept.with_suffix(".mo"))
    return told
