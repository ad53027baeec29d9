"""Text in files: which encoding it has, and that every byte fits before anything is done with it."""

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast
from zipfile import ZipFile

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talkoo.lib.tables.shape import Unreadable

ENCODINGS = {
    "utf-8-sig": gettext_lazy("UTF-8"),
    "utf-16": gettext_lazy("UTF-16"),
    "cp1252": gettext_lazy("Windows-1252 (Western Europe)"),
    "latin-1": gettext_lazy("Latin-1 (ISO 8859-1)"),
}
SAMPLE = 65_536  # bytes that encoding and delimiter are guessed from
BLOCK = 1 << 20
Opener = Callable[[], BinaryIO]


class WrongEncoding(Unreadable):
    """Bytes that the encoding does not know; another one may be chosen by hand."""


def opener(path: Path, member: str = "") -> Opener:
    """What opens the file at `path`, or a file packed into it."""
    return lambda: _unpacking(path, member) if member else path.open("rb")


def _unpacking(path: Path, member: str) -> BinaryIO:
    with ZipFile(path) as archive:
        return cast("BinaryIO", archive.open(member))  # it keeps the file open until it is closed itself


def head_of(source: Opener) -> bytes:
    with source() as file:
        return file.read(SAMPLE)


def detect(head: bytes) -> str:
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def decoded(head: bytes, encoding: str) -> str:
    """The beginning of a file as text; half a character at its end is left out."""
    return codecs.getincrementaldecoder(encoding)().decode(head)


def check_text(head: bytes, remedy: str) -> None:
    """Raise Unreadable where the file is no text at all."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise Unreadable(_("This file is written in UTF-32."), remedy)
    if b"\0" in head and detect(head) != "utf-16":
        line = head[: head.index(b"\0")].count(b"\n") + 1
        message = _("This is not a text file: line %(line)d holds a zero byte.") % {"line": line}
        raise Unreadable(message, remedy, line)


def check_bytes(source: Opener, encoding: str) -> None:
    """Decode everything once, so that a wrong byte in the last line is known before anything is done."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    _check_mark(source, encoding)
    with source() as file:
        while chunk := file.read(BLOCK):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise _wrong_byte(source, encoding, read - pending + error.start) from None
            read += len(chunk)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise _wrong_byte(source, encoding, read - 1) from None


def _check_mark(source: Opener, encoding: str) -> None:
    """UTF-16 begins with a mark that tells the order of its bytes; Python cannot read it without."""
    with source() as file:
        head = file.read(2)
    if encoding == "utf-16" and head not in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        message = _("This file is not written in UTF-16: the mark that such files begin with is missing (line 1).")
        raise WrongEncoding(message, _("Say below which encoding it has, or leave that to be found out."), 1)


def _wrong_byte(source: Opener, encoding: str, offset: int) -> WrongEncoding:
    line, at = 1, 0
    with source() as file:
        while at < offset and (chunk := file.read(min(BLOCK, offset - at))):
            line, at = line + chunk.count(b"\n"), at + len(chunk)
        wrong = file.read(1).hex().upper()
    words = {"line": line, "offset": offset + 1, "byte": wrong, "encoding": ENCODINGS[encoding]}
    return WrongEncoding(
        _("Line %(line)d is not written in %(encoding)s: byte %(offset)d of the file (%(byte)s) does not fit.") % words,
        _("Save the file as “CSV UTF-8”, or say below which encoding it has."),
        line,
    )
