"""Tells what pydantic found wrong with a YAML file in words for the owner of a business.

Which values are right is said in the shapes.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from orchestration_project.playbook.mistakes import Mistake, shown, suggest
from orchestration_project.playbook.yaml_file import Place, YamlFile

_NUMBER = ("should be a number", "Write digits only, with a point for decimals and nothing around them.")
_WHOLE_NUMBER = ("should be a whole number", "Write digits only.")
_YES_OR_NO = ("should be true or false", "Write `true` or `false`.")
_LIST = ("should be a list", "Write it as [one, two].")
_KEYS = ("should have `key: value` lines under it", "Compare with the playbook that came with the project.")
_EMPTY = ("is empty", "Add at least one.")

_WORDS: Mapping[str, tuple[str, str]] = {
    "string_type": ("should be text", "Put it in quotes."),
    "string_too_short": ("is empty", "Fill it in, or delete the line."),
    "too_short": _EMPTY,
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "tuple_type": _LIST,
    "dict_type": _KEYS,
    "mapping_type": _KEYS,
    "model_type": _KEYS,
    "greater_than_equal": ("is too low", "Write {ge:g} or more."),
    "less_than_equal": ("is too high", "Write {le:g} or less."),
    "greater_than": ("is too low", "Write more than {gt:g}."),
}


def shape_mistakes(yaml: YamlFile, shape: type[BaseModel], error: ValidationError) -> Iterator[Mistake]:
    for details in error.errors(include_url=False):
        if details["input"] is None and details["type"] != "mistake":
            continue  # told by `read_yaml`: there is nothing after the key
        # "[key]" is how pydantic says that the key of a mapping is meant, not its value
        place: Place = tuple(str(part) for part in details["loc"] if part != "[key]")
        what, mend = _told(details, place, shape)
        yield Mistake(yaml.file, yaml.line(place), what, mend)


def _told(details: ErrorDetails, place: Place, shape: type[BaseModel]) -> tuple[str, str]:
    path = ".".join(place)
    context: dict[str, Any] = details.get("ctx", {})
    match details["type"]:
        case "mistake":
            return f"`{path}`: {context['what']}", context["mend"]
        case "missing":
            return f"`{path}` is missing.", f"Add a line `{place[-1]}:`."
        case "extra_forbidden":
            return f"There is no key `{path}`.", suggest(place[-1], _keys_at(shape, place[:-1]))
        case known if known in _WORDS:
            words, mend = _WORDS[known]
            value = (
                ""
                if isinstance(details["input"], dict | list | tuple)
                else f", not `{shown(details['input'])}`"
            )
            said = f"`{path}` {words}{value if words.startswith('should') else ''}."
            return said, mend.format_map(context)
        case _:
            return f"`{path}` is not right: {details['msg']}.", "Compare with the project's own playbook."


def _keys_at(shape: type[BaseModel], place: Place) -> list[str]:
    """The keys that the mapping at that place may have."""
    current: Any = shape
    for part in place:
        if isinstance(current, type) and issubclass(current, BaseModel):
            by_key = {field.alias or name: field.annotation for name, field in current.model_fields.items()}
            current = by_key[part]
        else:
            # the names in a mapping and the positions in a list lead to the same shape
            current = _shape_in(current)
    model = _shape_in(current)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _shape_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_shape_in(argument) for argument in get_args(annotation))
    return next((shape for shape in found if shape), None)
