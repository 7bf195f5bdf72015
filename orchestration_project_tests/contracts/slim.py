"""Cuts a vendor's schema down to what the suite has seen of it, for `derive.py`.

Which operation is meant, and where its schema stands, is said there.
"""

from collections.abc import Sequence
from typing import Any, cast

_KEPT = ("type", "enum", "const", "format", "pattern", "minimum", "maximum", "minLength", "maxLength")
_DEEPEST = 8
_LONGEST_ENUM = 60
_LEFT_OUT = (
    "/DependentFieldDependentField",
    "/HubSpotFormDefinitionAllOfLegalConsentOptions",
    "/FormStyle",
)
"""The first two are of many kinds, of which HubSpot's client, from which the description was made, has the
fields of the last one only; the third is a form's colours."""


def slim(operation: Any, schema: Any, samples: Sequence[Any], depth: int = 0) -> dict[str, Any]:
    """The schema as far as these values go; of what they do not have, the name alone."""
    if not samples or depth > _DEEPEST:
        return {}
    parts = _parts(operation.doc, schema)
    out: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for part in parts:
        out |= {name: part[name] for name in _KEPT if name in part and _is_short(name, part[name])}
        properties |= part.get("properties") or {}
    objects = [one for one in samples if isinstance(one, dict)]
    required = sorted({name for part in parts for name in part.get("required") or ()})
    branches = [branch for part in parts for branch in part.get("anyOf") or ()]
    if properties:
        out["properties"] = {
            name: slim(operation, inner, [one[name] for one in objects if name in one], depth + 1)
            for name, inner in sorted(properties.items())
        }
    if required:
        out["required"] = required
    others = [part["additionalProperties"] for part in parts if "additionalProperties" in part]
    if others and isinstance(others[0], dict):
        inside = [value for one in objects for name, value in one.items() if name not in properties]
        out["additionalProperties"] = slim(operation, others[0], inside, depth + 1)
    elif properties and not branches and True not in others:
        out["additionalProperties"] = False
    items = next((part["items"] for part in parts if "items" in part), None)
    if items is not None:
        inside = [item for one in samples if isinstance(one, list) for item in cast("list[Any]", one)]
        out["items"] = slim(operation, items, inside or ["x"] * (depth == 0), depth + 1)
    if fitting := _fitting(operation, branches, samples, depth):
        out["anyOf"] = fitting
    return out


def _fitting(operation: Any, branches: Sequence[Any], samples: Sequence[Any], depth: int) -> list[Any]:
    found: list[Any] = []
    for branch in branches:
        validator = operation.doc.validator(branch)
        if valid := [one for one in samples if validator.is_valid(one)]:
            cut = slim(operation, branch, valid, depth + 1)
            found += [cut] * (cut not in found)
    return found


def _parts(doc: Any, schema: Any) -> list[dict[str, Any]]:
    """The schema, and all that it is made of."""
    if isinstance(schema, dict) and str(cast("dict[str, Any]", schema).get("$ref", "")).endswith(_LEFT_OUT):
        return []
    schema = doc.deref(schema)
    if not isinstance(schema, dict):
        return []
    whole = cast("dict[str, Any]", schema)
    return [whole, *(part for one in whole.get("allOf") or () for part in _parts(doc, one))]


def _is_short(name: str, value: Any) -> bool:
    return name != "enum" or len(value) <= _LONGEST_ENUM


def seen_only(schema: dict[str, Any], seen: Sequence[Any]) -> dict[str, Any]:
    """Without what was in no answer that was seen. Descriptions seldom say of an answer's field that it may
    be null: one that may be left out may."""
    objects = [cast("dict[str, Any]", one) for one in seen if isinstance(one, dict)]
    needed, known = schema.get("required", ()), schema.get("properties", {})
    for name in [*known]:
        values = [one[name] for one in objects if name in one]
        if not values and name not in needed:
            del known[name]
            continue
        seen_only(known[name], values)
        if name not in needed:
            _or_null(known[name])
    within = [item for one in seen if isinstance(one, list) for item in cast("list[Any]", one)]
    if "items" in schema:
        seen_only(schema["items"], within)
    if isinstance(schema.get("additionalProperties"), dict):
        others = [value for one in objects for name, value in one.items() if name not in known]
        _or_null(seen_only(schema["additionalProperties"], others))
    for branch in schema.get("anyOf", ()):
        seen_only(branch, seen)
    return schema


def _or_null(schema: dict[str, Any]) -> None:
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
