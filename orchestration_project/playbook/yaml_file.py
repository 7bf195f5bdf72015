"""Reads a file of the playbook, and tells on which line each value of a YAML file stands.

What the values mean belongs to the shapes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from orchestration_project.playbook.mistakes import Mistake

Place = tuple[str, ...]
"""Keys and positions on the way to a value: ("tracks", "priority", "actions", "0")."""

_TAB_INDENTATION = re.compile(r"^ *\t", re.MULTILINE)


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
    # `pure`: only the Python parser tells the line of every mistake
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True  # found below, all of them and in words of our own
    try:
        root: Node | None = yaml.compose(text)
        data: object = yaml.load(text)
    except YAMLError as error:
        return None, _syntax_mistakes(error, text, file)
    if not isinstance(data, dict) or not isinstance(root, MappingNode):
        what = (
            "There is nothing in this file." if data is None else "This is not a list of `key: value` lines."
        )
        return None, [Mistake(file, 1, what, "Compare with the playbook that came with the project.")]
    lines: dict[Place, int] = {}
    mistakes = [
        Mistake(file, line, f"`{'.'.join(place)}` {what}.", mend)
        for place, line, what, mend in _walk(root, (), lines, set())
    ]
    return YamlFile(file, {str(key): value for key, value in data.items()}, lines), mistakes


def _walk(
    node: Node, place: Place, lines: dict[Place, int], seen: set[int]
) -> Iterator[tuple[Place, int, str, str]]:
    """Fills `lines`, and yields each key that is there twice or has nothing after it."""
    if id(node) in seen:  # an alias, perhaps of a node that holds itself
        return
    seen.add(id(node))
    for key, value, line in _children(node):
        inner = (*place, key)
        if inner in lines:
            yield (
                inner,
                line,
                f"is there twice, first on line {lines[inner]}",
                "Delete or rename one of the two.",
            )
        lines.setdefault(inner, line)
        if isinstance(value, ScalarNode) and value.tag == "tag:yaml.org,2002:null":
            yield inner, line, "has nothing after it", "Fill it in, or delete the line."
        yield from _walk(value, inner, lines, seen)


def _children(node: Node) -> Iterator[tuple[str, Node, int]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield str(key.value), value, key.start_mark.line + 1
    elif isinstance(node, SequenceNode):
        for position, value in enumerate(node.value):
            yield str(position), value, value.start_mark.line + 1


def _syntax_mistakes(error: YAMLError, text: str, file: str) -> list[Mistake]:
    tabs = [text.count("\n", 0, match.start()) + 1 for match in _TAB_INDENTATION.finditer(text)]
    if tabs:
        return [
            Mistake(file, line, "This line is indented with a tab.", "Indent it with spaces.")
            for line in tabs
        ]
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
