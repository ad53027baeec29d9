"""Cells of a CSV file that a spreadsheet may open."""

from typing import Any

RUN = frozenset("=+-@\t\r\n")


def harmless(cell: Any) -> Any:
    """The cell, with an apostrophe in front where a spreadsheet would take it for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in RUN else cell
