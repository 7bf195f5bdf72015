"""A file is wholly there, or not at all."""

from pathlib import Path

import pytest

from orchestration_project.connectors.whole_files import file_stem, write_whole


def test_a_file_is_written_with_its_folder(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b.txt", b"whole")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"whole"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "b.txt"
    path.write_bytes(b"old")
    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Jane Doe", "L-1 Jane Doe"),
        ("", "L-1"),
        ("a/b:c", "L-1 abc"),
        ("J.R.", "L-1 J.R"),
        ("\ud800x", "L-1 x"),
    ],
)
def test_a_file_name_begins_with_the_key_and_suits_every_file_system(name: str, stem: str) -> None:
    assert file_stem("L-1", name) == stem
