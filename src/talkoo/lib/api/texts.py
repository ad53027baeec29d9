"""What comes in as JSON, held to what a database can keep."""

import json
from typing import Annotated, Any

from django.http import HttpRequest
from ninja.parser import Parser
from pydantic import StringConstraints

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]


class KeptParser(Parser):
    """JSON without what no text holds (zero bytes, halves of characters) and without numbers that are none."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        found = json.loads(request.body, parse_constant=_refuse)
        _check(found)
        return found  # type: ignore[no-any-return]


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _check(value: Any) -> None:
    """Raise ValueError where a text or a name cannot be kept."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text holds a zero byte")
        value.encode()
    elif isinstance(value, dict):
        for name, each in value.items():
            _check(name)
            _check(each)
    elif isinstance(value, list):
        for each in value:
            _check(each)
    elif isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("a number is too large")
