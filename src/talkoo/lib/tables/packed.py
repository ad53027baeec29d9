"""Files packed into one (ZIP), looked at before anything of them is unpacked."""

import struct
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

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
