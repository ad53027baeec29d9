"""The files of desk/demo_content, read as they are written there (see their README)."""

import csv
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "demo_content"
CODE = 12  # letters of the code of an organisation


@dataclass(frozen=True, slots=True)
class Place:
    code: str
    name: str
    parent: str
    starts: date
    ends: date | None
    successor: str
    kind: str
    colour: str


@dataclass(frozen=True, slots=True)
class Someone:
    email: str
    name: str
    organisation: str
    title: str
    skills: tuple[tuple[str, int, bool], ...]
    roles: tuple[tuple[str, str], ...]
    since: date


def code_of(name: str) -> str:
    return name[:CODE].rstrip("-")


def json_of(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def rows_of(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def places() -> list[Place]:
    """Parents before children, as in the file; the last day an organisation existed becomes the day it ended."""
    return [
        Place(
            code=code_of(raw["code"]),
            name=raw["name"],
            parent=code_of(raw["parent"] or ""),
            starts=date.fromisoformat(raw["from"]),
            ends=date.fromisoformat(raw["until"]) + timedelta(days=1) if raw["until"] else None,
            successor=code_of(raw["successor"] or ""),
            kind=raw["kind"],
            colour=raw["colour"] or "",
        )
        for raw in json_of("organisations.json")["organisations"]
    ]


def someone(raw: dict[str, str]) -> Someone:
    own = raw["organisation"]
    roles = (role.partition("@") for role in raw["roles"].split(";") if role)
    return Someone(
        email=raw["email"],
        name=raw["name"],
        organisation=code_of(own),
        title=raw["title"],
        skills=tuple(_skill(text) for text in raw["skills"].split(";") if text),
        roles=tuple((role, code_of(where or own)) for role, _at, where in roles),
        since=date.fromisoformat(raw["since"]),
    )


def _skill(text: str) -> tuple[str, int, bool]:
    code, _colon, level = text.partition(":")
    return code, int(level.rstrip("+")), level.endswith("+")


def people() -> list[Someone]:
    return [someone(raw) for raw in rows_of("people.csv")]
