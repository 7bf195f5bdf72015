"""Writes other points into the scorecard of a playbook.yaml: all else stays as its owner wrote it.

Which points, somebody else says (`leads fit-scorecard`).
"""

import re
from collections.abc import Sequence

from orchestration_project.errors import PlaybookError
from orchestration_project.playbook.yaml_file import YamlFile

_POINTS = re.compile(r"(\bpoints:\s*)[+-]?\d+")
_START = re.compile(r"(\bstart:\s*)\d+")


def with_points(text: str, yaml: YamlFile, start: int, points: Sequence[int]) -> str:
    """`yaml` is the text as it was read. Raises PlaybookError where a line is written in another way than
    `points: 2`."""
    lines = text.splitlines(keepends=True)
    wanted = [(("scorecard", "start"), _START, start)]
    wanted += [
        (("scorecard", "signals", str(at), "points"), _POINTS, value) for at, value in enumerate(points)
    ]
    for place, written, value in wanted:
        number = yaml.line(place)
        changed, times = written.subn(rf"\g<1>{value}", lines[(number or 1) - 1], count=1)
        if number is None or not times:
            raise PlaybookError(
                f"{yaml.file}: {'.'.join(place)} is not written as {place[-1]}: NUMBER on a line "
                "of its own, so it cannot be changed there. Write it so, then try again."
            )
        lines[number - 1] = changed
    return "".join(lines)
