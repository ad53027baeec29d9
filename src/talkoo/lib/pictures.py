"""Pictures that people send: taken apart and written anew before anybody sees them.

What comes out is the pixels alone, upright, at most 2,400 a side: no place, camera, thumbnail or remark that was hidden
in the file goes any further. The work is done by a process of its own, so that a picture made to hurt its reader ends
that process and is refused.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.utils.translation import gettext as _

PROGRAM = Path(__file__).with_name("picture_reader.py")
MEMORY = 1_500_000_000  # bytes of address space
SECONDS = 20  # for one picture
BYTES_LIMIT = 30_000_000  # of one picture as it comes
MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept."""

    media: str
    width: int
    height: int
    content: bytes


class Unfit(Exception):
    """A picture is not taken; says why."""


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so is a picture of a kind we take."""
    return head.startswith(MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


class Cleaner:
    """The process that writes pictures anew; started when first needed, and again where a picture ended it."""

    def __init__(self) -> None:
        self.reader: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def clean(self, content: bytes) -> Picture:
        """The picture written anew. Raises Unfit in words for who sent it."""
        if len(content) > BYTES_LIMIT:
            raise Unfit(_("is larger than %(most)d MB") % {"most": BYTES_LIMIT // 1_000_000})
        told, made = self._ask(content)
        if fault := told.get("fault"):
            raise Unfit(_reasons().get(fault, _reasons()["damaged"]))
        return Picture(told["media"], told["width"], told["height"], made)

    def marked(self, content: bytes, names: Sequence[str], time: str) -> tuple[str, bytes]:
        """A picture that was written anew before, with one of the names (the first that our letters can write) and the
        time drawn over it; its media type, and its bytes. Raises Unfit where that takes more memory or time than we allow."""
        told, made = self._ask(content, mark=[list(names), time])
        if fault := told.get("fault"):
            raise Unfit(_reasons().get(fault, _reasons()["damaged"]))
        return told["media"], made

    def _ask(self, content: bytes, mark: Any = None) -> tuple[dict[str, Any], bytes]:
        reader = self.reader or self._start()
        assert reader.stdin is not None
        assert reader.stdout is not None
        try:
            words = b" " + json.dumps(mark).encode() if mark else b""
            reader.stdin.write(b"%d%s\n" % (len(content), words) + content)
            reader.stdin.flush()
            line = reader.stdout.readline()
            told: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {"fault": "large"}
            made = reader.stdout.read(told.get("length", 0))
        except BrokenPipeError:
            told, made = {"fault": "large"}, b""
        if len(made) < told.get("length", 0):
            told = {"fault": "large"}
        if told.get("fault") == "large":
            self._stop()
        return told, made

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-I", str(PROGRAM), str(MEMORY), str(SECONDS)]
        self.reader = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return self.reader

    def _stop(self) -> None:
        if self.reader is None:
            return
        self.reader.kill()
        self.reader.communicate()
        self.reader = None


def _reasons() -> dict[str, str]:
    return {
        "damaged": _("the picture is damaged and cannot be shown"),
        "pixels": _("the picture has more than 50 million points"),
        "moving": _("the picture moves; only still ones are taken"),
        "letters": _("a name has letters that cannot be drawn"),
        "large": _("the picture takes more memory or time to read than we allow"),
    }
