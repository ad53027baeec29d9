"""Cells of a CSV file that a spreadsheet may open."""

from typing import Any

RUN = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(cell: Any) -> Any:
    """The cell, with an apostrophe in front where a spreadsheet would take it for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RUN) else cell
