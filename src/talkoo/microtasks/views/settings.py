"""The settings of a task type as fields, drawn after its schema."""

from collections.abc import Mapping
from typing import Any

from talkoo.microtasks.forms import field_name
from talkoo.microtasks.task_types import TaskType

KINDS = {"array": "rows", "boolean": "check", "integer": "number"}
FORMATS = {"date": "date"}
SPARE = 2  # empty lines for answers where no script can add one


def fields_of(declared: TaskType, held: Mapping[str, Any], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    """One field a property of the schema: its label is the title, its hint the description, its list the `oneOf`."""
    return [
        _field(field_name(declared, name), name, rule, held.get(name), errors.get(name))
        for name, rule in declared.config_schema.get("properties", {}).items()
    ]


def _field(key: str, name: str, rule: Mapping[str, Any], value: Any, error: str | None) -> dict[str, Any]:
    value = "" if value is None else value
    return {
        "id": key,
        "label": rule.get("title", name),
        "hint": rule.get("description", ""),
        "kind": "select" if "oneOf" in rule else KINDS.get(rule["type"], "text"),
        "type": FORMATS.get(rule.get("format", ""), "text"),
        "options": [(one["const"], one["title"]) for one in rule.get("oneOf", ())],
        "value": value,
        "rows": [*value, *[""] * max(SPARE, 3 - len(value))] if rule["type"] == "array" else [],
        "min": rule.get("minimum"),
        "max": rule.get("maximum"),
        "most": rule.get("maxLength") or rule.get("items", {}).get("maxLength"),
        "error": [error] if error else [],
    }
