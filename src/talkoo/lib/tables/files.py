"""Many files as one table: pictures and plain texts packed into a ZIP, each an item.

The columns are always the same: what a file is called, the folder it lies in, and what it holds. Of a picture the
content is one character, OBJECT, that stands for it; asked for `pictures`, its row carries it, written anew.
"""

import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from talkoo.lib.pictures import BYTES_LIMIT, Cleaner, Unfit, is_picture
from talkoo.lib.tables.shape import CELL_LIMIT, Rejected, Row, Shape, Unreadable, excerpt

OBJECT = "\N{OBJECT REPLACEMENT CHARACTER}"
TEXTS = {".txt", ".text", ".md", ""}
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".jfif"}
CLUTTER = {"__MACOSX", "Thumbs.db", "desktop.ini"}
NAME, FOLDER, CONTENT = "file", "folder", "content"


def wanted(members: list[ZipInfo]) -> list[ZipInfo]:
    """The files of an archive in the order of their names, without what operating systems leave beside them."""
    found = [
        member
        for member in members
        if not any(part in CLUTTER or part.startswith(".") for part in PurePosixPath(member.filename).parts)
    ]
    return sorted(found, key=lambda member: member.filename)


def look(path: Path, members: list[ZipInfo]) -> Shape:
    """The shape of an archive that holds at least one picture or text by its name. Raises Unreadable."""
    if not any(PurePosixPath(member.filename).suffix.lower() in TEXTS | PICTURES for member in wanted(members)):
        raise Unreadable(
            _("The files are neither pictures (JPEG, PNG, WebP) nor plain texts (.txt)."),
            _("Choose pictures or texts, or one single table."),
        )
    return Shape("", "", (NAME, FOLDER, CONTENT), path.stat().st_size, "files")


class Files:
    """Iterates over the files of an archive as `Row` and `Rejected`."""

    def __init__(self, path: Path, shape: Shape, *, pictures: bool = False) -> None:
        self.shape = shape
        self.archive = ZipFile(path)
        self.cleaner = Cleaner() if pictures else None
        self.done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.archive.close()
        if self.cleaner:
            self.cleaner.__exit__(kind, error, at)

    @property
    def consumed(self) -> int:
        return min(self.done, self.shape.size)

    def __iter__(self) -> Iterator[Row | Rejected]:
        members = wanted([member for member in self.archive.infolist() if not member.is_dir()])
        for number, member in enumerate(members, 1):
            try:
                yield self._row(number, member)
            except Unfit as error:
                yield Rejected(number, str(error), excerpt(member.filename))
            self.done += member.compress_size

    def _row(self, number: int, member: ZipInfo) -> Row:
        place = PurePosixPath(member.filename)
        folder = "" if str(place.parent) == "." else str(place.parent)
        content = self._content(member, 16 if self.cleaner is None else BYTES_LIMIT + 1)
        if is_picture(content):
            picture = self.cleaner.clean(content) if self.cleaner else None
            return Row(number, [place.name, folder, OBJECT], picture)
        if place.suffix.lower() not in TEXTS:
            raise Unfit(_("is neither a picture (JPEG, PNG, WebP) nor a plain text (.txt)"))
        return Row(number, [place.name, folder, _text(self._content(member, 4 * CELL_LIMIT + 1))])

    def _content(self, member: ZipInfo, most: int) -> bytes:
        try:
            with self.archive.open(member) as file:
                return file.read(most)
        except (BadZipFile, EOFError, OSError, RuntimeError, ValueError, zlib.error, lzma.LZMAError):
            raise Unfit(_("is damaged and cannot be unpacked")) from None


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unfit(_("is no text in UTF-8")) from None
    if len(text) > CELL_LIMIT:
        raise Unfit(_("is longer than %(most)d characters") % {"most": CELL_LIMIT})
    if "\0" in text:
        raise Unfit(_("holds a zero byte, which no text has"))
    return text
