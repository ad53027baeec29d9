"""Files packed into one (ZIP), looked at before anything of them is unpacked."""

import io
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from talkoo.lib.tables.shape import Unreadable

MAGIC = b"PK\x03\x04"
EMPTY = b"PK\x05\x06"
MEMBERS_LIMIT = 20_000
DIRECTORY_LIMIT = 20_000_000  # bytes of the list of contents
UNPACKED_LIMIT = 1_000_000_000  # bytes of all contents together
END, END64, LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
TAIL = 65_557  # bytes from the end in which a ZIP says where its list of contents is (APPNOTE 4.3.16)


def contents(path: Path) -> list[ZipInfo]:
    """What is packed into the file at `path`, without folders.

    Raises Unreadable for a ZIP that is cut off or sealed with a password, and for one that would unpack to more than
    we take: sizes and counts are those that the file itself states, and no reader goes beyond them.
    """
    _check_directory(path)
    try:
        with ZipFile(path) as archive:
            found = [member for member in archive.infolist() if not member.is_dir()]
    except (BadZipFile, ValueError, OSError, EOFError, RuntimeError, struct.error):
        raise broken() from None
    if len(found) > MEMBERS_LIMIT:
        raise _too_many()
    if sum(member.file_size for member in found) > UNPACKED_LIMIT:
        message = _("Unpacked, the file would grow to more than %(most)d MB.") % {"most": UNPACKED_LIMIT // 1_000_000}
        raise Unreadable(message, _("Split it into several files."))
    if any(member.flag_bits & 1 for member in found):
        raise sealed()
    return found


def _check_directory(path: Path) -> None:
    """Refuse a list of contents that would fill the memory just by being read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - TAIL - 76))
        tail = file.read()
    end = tail.rfind(END)
    if end < 0 or end + 22 > len(tail):
        raise broken()
    length = struct.unpack_from("<L", tail, end + 12)[0]
    if tail[max(0, end - 20) : end].startswith(LOCATOR64):
        end64 = tail.rfind(END64, 0, end)
        if end64 < 0 or end64 + 48 > len(tail):
            raise broken()
        length = struct.unpack_from("<Q", tail, end64 + 40)[0]
    if length > DIRECTORY_LIMIT:
        raise _too_many()


def broken() -> Unreadable:
    return Unreadable(
        _("The file is damaged or was cut off on its way: its list of contents cannot be read."),
        _("Open it where it comes from, save it again, and choose the new file."),
    )


def sealed() -> Unreadable:
    return Unreadable(
        _("The file is protected by a password."), _("Save a copy without a password, and choose that one.")
    )


def _too_many() -> Unreadable:
    message = _("The file holds more than %(most)d files.") % {"most": MEMBERS_LIMIT}
    return Unreadable(message, _("Split it into several files."))


# Packing


class _Outlet(io.RawIOBase):
    """What a ZipFile writes into when the bytes go elsewhere at once."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self.held.append(bytes(content))
        return len(content)

    def taken(self) -> bytes:
        content = b"".join(self.held)
        self.held.clear()
        return content


def packing(files: Iterable[tuple[str, Iterable[bytes]]], *, squeeze: bool = False) -> Iterator[bytes]:
    """The bytes of a ZIP of these files, made as they are asked for; the same files make the same bytes.

    A name that comes twice gets its number in front. `squeeze` is for texts: pictures are squeezed already.
    """
    outlet, names = _Outlet(), set[str]()
    with ZipFile(outlet, "w", ZIP_DEFLATED if squeeze else ZIP_STORED) as archive:
        for number, (given, content) in enumerate(files, 1):
            name = f"{number} {given}" if given in names else given
            names.add(name)
            about = ZipInfo(name)
            about.compress_type = ZIP_DEFLATED if squeeze else ZIP_STORED
            with archive.open(about, "w", force_zip64=squeeze) as member:
                for chunk in content:
                    member.write(chunk)
                    if outlet.held:
                        yield outlet.taken()
    yield outlet.taken()
