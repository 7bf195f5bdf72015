"""Other points are written into a scorecard, and nothing else of the file is touched."""

from pathlib import Path

import pytest

from orchestration_project.errors import PlaybookError
from orchestration_project.installation import WORKING_COPY
from orchestration_project.playbook.points import with_points
from orchestration_project.playbook.yaml_file import YamlFile, read_yaml

SHIPPED = WORKING_COPY / "playbook" / "playbook.yaml"


def read(path: Path) -> YamlFile:
    yaml, mistakes = read_yaml(path, path.name)
    assert yaml is not None, mistakes
    return yaml


def test_only_the_numbers_are_other_ones() -> None:
    text, before = SHIPPED.read_text(encoding="utf-8"), read(SHIPPED)
    lines = before.data["scorecard"]["signals"]
    points = [(-1) ** number * number for number in range(len(lines))]
    changed = with_points(text, before, 7, points)
    differing = [
        (old, new) for old, new in zip(text.splitlines(), changed.splitlines(), strict=True) if old != new
    ]
    assert all("points:" in new or new.strip() == "start: 7" for _, new in differing)


def test_the_file_says_them_when_it_is_read_again(tmp_path: Path) -> None:
    before = read(SHIPPED)
    points = [number - 3 for number in range(len(before.data["scorecard"]["signals"]))]
    path = tmp_path / "playbook.yaml"
    path.write_text(with_points(SHIPPED.read_text(encoding="utf-8"), before, 0, points), encoding="utf-8")
    card = read(path).data["scorecard"]
    assert (card["start"], [line["points"] for line in card["signals"]]) == (0, points)
    assert {**card, "start": 3, "signals": []} == {**before.data["scorecard"], "signals": []}


def test_points_written_in_another_way_are_told_and_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "playbook.yaml"
    text = "scorecard:\n  start: 3\n  signals:\n    - {why: it is so, 'points': 2}\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlaybookError, match=r"scorecard\.signals\.0\.points"):
        with_points(text, read(path), 3, [1])
