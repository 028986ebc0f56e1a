"""Whether a value is what a JSON Schema says."""

from __future__ import annotations

from types import NoneType

KINDS = {
    "string": str, "number": float, "integer": int, "boolean": bool, "null": NoneType,
    "object": dict, "array": list,
}  # fmt: skip


def valid(value: object, schema: dict) -> bool:
    """By as much of JSON Schema as ours uses."""
    if "anyOf" in schema:
        parts = (schema["$defs"][one["$ref"].rpartition("/")[2]] for one in schema["anyOf"])
        return any(valid(value, part) for part in parts)
    if "const" in schema:
        return value == schema["const"]
    if "type" in schema and type(value) not in {KINDS[kind] for kind in schema["type"]}:
        return False
    if "properties" in schema:
        known, closed = schema["properties"], not schema.get("additionalProperties", True)
        return (
            set(value) >= set(schema["required"])
            and not (closed and set(value) - set(known))
            and all(valid(value[name], part) for name, part in known.items() if name in value)
        )
    return all(valid(item, schema["items"]) for item in value) if "items" in schema else True
