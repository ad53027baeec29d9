"""Reads one sheet of a workbook and writes it to standard output. Runs as a program of its own: see `workbook.py`.

A workbook of two cells can make the reader ask for half a terabyte, so this process may have little memory and little
time; whoever started it sees how it ended. It imports nothing of Talkoo, gets a path and a sheet, and says lines of
JSON: first {"sheets": […], "sheet": "…", "rows": n}, then lists of rows, each a list of texts. What is wrong is said as
{"fault": "…"}.
"""

import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

BLOCK = 200
EXACT = 1e15  # above that a whole number may have lost its last digits


def main(path: str, wanted: str, memory: str, seconds: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with CalamineWorkbook.from_path(path) as book:
            tell(book, wanted)
    except PasswordError:
        say({"fault": "sealed"})
    except (CalamineError, ValueError, OSError, OverflowError):
        say({"fault": "broken"})
    return 0


def tell(book: CalamineWorkbook, wanted: str) -> None:
    names = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    for name in [wanted] if wanted in names else names:
        sheet = book.get_sheet_by_name(name)
        if sheet.start is not None or name == names[-1] or name == wanted:
            say({"sheets": names, "sheet": name, "rows": sheet.end[0] + 1 if sheet.end else 0})
            tell_rows(sheet)
            return
    say({"fault": "empty"})


def tell_rows(sheet: CalamineSheet) -> None:
    if sheet.start is None:
        return
    rows = iter(sheet.iter_rows())
    while block := [[text(cell) for cell in row] for row in islice(rows, BLOCK)]:
        say(block)


def text(cell: Any) -> str:
    """A cell as plain text that means the same everywhere: ISO 8601 for dates and times, a point in numbers."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return length(cell) if isinstance(cell, timedelta) else str(cell)


def length(span: timedelta) -> str:
    """Hours, minutes and seconds, hours beyond a day included."""
    seconds = round(span.total_seconds())
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def say(words: Any) -> None:
    sys.stdout.buffer.write(json.dumps(words, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:5]))
    except BrokenPipeError:  # nobody reads on: all is told that was wanted
        sys.stderr.close()
        sys.exit(0)
