"""Reads a file of the playbook, and tells on which line each value of a YAML file stands.

What the values mean belongs to the shapes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from orchestration_project.playbook.mistakes import Mistake

Place = tuple[str, ...]
"""Keys and positions on the way to a value: ("tracks", "priority", "actions", "0")."""

_COMPARE = "Compare with the playbook that came with the project."
_TAB_INDENTATION = re.compile(r"^ *\t", re.MULTILINE)


class _Constructor(SafeConstructor):
    """Leaves a date as the text that was written: what reads the value knows whether it has to be one."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


@dataclass(frozen=True)
class YamlFile:
    file: str
    data: dict[str, Any]
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int | None:
        """The line of that value; for one that is missing, of what it is missing from."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)


def read_text(path: Path, file: str) -> tuple[str | None, list[Mistake]]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None, [Mistake(file, None, "This file is missing.", "Create it, or restore it from a backup.")]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return None, [Mistake(file, None, f"Cannot be read: {reason}.", "Make it a file you may read.")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return None, [Mistake(file, line, "This is not UTF-8 text.", "Save the file again as UTF-8.")]
    return text.replace("\r\n", "\n"), []


def read_yaml(path: Path, file: str) -> tuple[YamlFile | None, list[Mistake]]:
    text, mistakes = read_text(path, file)
    if text is None:
        return None, mistakes
    try:
        root, aliases, data = _parse(text)
    except (YAMLError, ValueError, RecursionError) as error:
        return None, _syntax_mistakes(error, text, file)
    lines: dict[Place, int] = {}
    if isinstance(data, dict):
        mistakes = [
            Mistake(file, line, f"`{'.'.join(place)}` {what}.", mend)
            for place, line, what, mend in _walk(root, (), lines)
        ]
        return YamlFile(file, {str(key): value for key, value in data.items()}, lines), mistakes
    if aliases:
        what, mend = "This part is used a second time through an alias (`*`).", "Write it out instead."
        return None, [Mistake(file, line, what, mend) for line in aliases]
    return None, [Mistake(file, 1, "This is not made of `key: value` lines.", _COMPARE)]


@lru_cache(maxsize=16)
def _parse(text: str) -> tuple[Node | None, tuple[int, ...], object]:
    """The nodes, the lines of aliases, and what the text says, which nobody may change.

    Takes 10 ms for a playbook, and a process reads the same one with each tick and each run.
    """
    # `pure`: only the Python parser tells the line of every mistake
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    yaml.allow_duplicate_keys = True  # found by `_walk`, all of them and in words of our own
    root: Node | None = yaml.compose(text)
    aliases = tuple(_alias_lines(root, set()))
    return root, aliases, None if root is None or aliases else yaml.constructor.construct_document(root)


def _alias_lines(node: Node | None, seen: set[int]) -> Iterator[int]:
    """Aliases are refused: with them a few lines can hold themselves, or a million others."""
    for _, value, line in _children(node):
        if id(value) in seen:
            yield line
        else:
            seen.add(id(value))
            yield from _alias_lines(value, seen)


def _walk(node: Node | None, place: Place, lines: dict[Place, int]) -> Iterator[tuple[Place, int, str, str]]:
    """Fills `lines`, and yields each key that is there twice or has nothing after it."""
    for key, value, line in _children(node):
        inner = (*place, key)
        if inner in lines:
            first = lines[inner]
            yield inner, line, f"is there twice, first on line {first}", "Delete or rename one of the two."
            continue  # else all that is inside it would count as twice there, too
        lines[inner] = line
        if isinstance(value, ScalarNode) and value.tag == "tag:yaml.org,2002:null":
            yield inner, line, "has nothing after it", "Fill it in, or delete the line."
        yield from _walk(value, inner, lines)


def _children(node: Node | None) -> Iterator[tuple[str, Node, int]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield str(key.value), value, key.start_mark.line + 1
    elif isinstance(node, SequenceNode):
        for position, value in enumerate(node.value):
            yield str(position), value, value.start_mark.line + 1


def _syntax_mistakes(error: Exception, text: str, file: str) -> list[Mistake]:
    tabs = [text.count("\n", 0, match.start()) + 1 for match in _TAB_INDENTATION.finditer(text)]
    if tabs:
        return [
            Mistake(file, line, "This line is indented with a tab.", "Indent it with spaces.")
            for line in tabs
        ]
    if isinstance(error, RecursionError):
        return [Mistake(file, None, "This is nested too deeply.", _COMPARE)]
    if isinstance(error, ValueError):  # what only looks like a number: 0x_
        return [Mistake(file, None, f"A value cannot be read: {error}.", "Put it in quotes.")]
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return [
            Mistake(file, None, "It holds a character that YAML does not allow.", "Retype the last edit.")
        ]
    mark = error.context_mark if error.context_mark is not None else error.problem_mark
    return [
        Mistake(
            file,
            mark.line + 1,
            f"This cannot be read as YAML: {error.problem}.",
            "Look at this line and the ones before it for a missing colon, quote, bracket or space, "
            "and put text that holds `: `, `#` or `{` in quotes.",
        )
    ]
