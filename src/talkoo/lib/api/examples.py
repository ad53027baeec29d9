"""An example of a JSON Schema, put together from the examples that its parts give."""

from collections.abc import Mapping
from typing import Any

BY_TYPE = {"string": "", "integer": 1, "number": 1.0, "boolean": False, "null": None, "array": [], "object": {}}


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """Its own example where it has one, else one of its parts; `schemas` are what `$ref` names."""
    own = schema.get("examples") or schema.get("enum")
    if own:
        return own[0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    if "properties" in schema:
        return {name: example_of(part, schemas) for name, part in schema["properties"].items()}
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas)]
    several = schema.get("allOf") or schema.get("anyOf")
    return _of_several(several, schemas) if several else BY_TYPE.get(schema.get("type", "null"))


def _of_several(parts: list[Mapping[str, Any]], schemas: Mapping[str, Any]) -> Any:
    """Null where that is one of them and none has an example of its own: it is what most lists end with."""
    if any(part.get("type") == "null" for part in parts) and not any("$ref" in part for part in parts):
        return None
    return example_of(parts[0], schemas)
