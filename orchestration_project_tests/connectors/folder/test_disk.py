from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.folder.disk import LONGEST_NAME, DiskFolders, folder_name
from orchestration_project.errors import TransientServiceError

KEY = "L-abcdefghij"
FILES = {"lead.md": b"# Lead"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "folders"


async def test_a_folder_with_its_files_is_made_and_found_by_the_key(root: Path) -> None:
    folders = DiskFolders(root)
    assert await folders.find_folder(KEY) is None
    made = await folders.make_folder(KEY, f"Acme Ltd ({KEY})", FILES)
    assert (root / f"Acme Ltd ({KEY})" / "lead.md").read_bytes() == b"# Lead"
    assert made.external_id == f"Acme Ltd ({KEY})"
    assert not (root / f".making-{KEY}").exists()
    assert await folders.find_folder(KEY) == made
    assert await folders.find_folder("L-other") is None


async def test_a_folder_is_found_after_a_person_renamed_it(root: Path) -> None:
    folders = DiskFolders(root)
    await folders.make_folder(KEY, f"Acme ({KEY})", FILES)
    (root / f"Acme ({KEY})").rename(root / f"2026 {KEY} Acme, won")
    found = await folders.find_folder(KEY)
    assert found is not None
    assert found.external_id == f"2026 {KEY} Acme, won"


async def test_a_folder_that_is_there_is_never_written_to(root: Path) -> None:
    folders = DiskFolders(root)
    first = await folders.make_folder(KEY, f"Acme ({KEY})", FILES)
    (root / first.external_id / "lead.md").write_text("my own words")
    assert await folders.make_folder(KEY, f"Acme Holdings ({KEY})", FILES) == first
    assert (root / first.external_id / "lead.md").read_text() == "my own words"


async def test_a_half_made_folder_is_none_and_is_made_anew(root: Path) -> None:
    half = root / f".making-{KEY}"
    half.mkdir(parents=True)
    (half / "lead.md").write_bytes(b"# Le")
    (half / "rest.md").write_bytes(b"")
    folders = DiskFolders(root)
    assert await folders.find_folder(KEY) is None
    made = await folders.make_folder(KEY, f"Acme ({KEY})", FILES)
    assert [(path.name, path.read_bytes()) for path in (root / made.external_id).iterdir()] == [
        ("lead.md", b"# Lead")
    ]
    assert not half.exists()


async def test_a_disk_that_refuses_is_told_without_the_name_of_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "folders"
    root.write_text("not a folder")
    folders = DiskFolders(root)
    with pytest.raises(TransientServiceError) as told:
        await folders.make_folder(KEY, f"Acme ({KEY})", FILES)
    assert "Acme" not in str(told.value)
    assert not (await folders.check()).ok


async def test_the_check_is_fine_where_folders_can_be_made(root: Path) -> None:
    assert (await DiskFolders(root).check()).ok


@pytest.mark.parametrize("name", ["CON", "../../etc", ".hidden", "a/b\\c:d", "", "...", "名" * 200, "\ud800"])
def test_a_name_is_one_every_file_system_takes(name: str) -> None:
    safe = folder_name(f"{name} ({KEY})", KEY)
    assert safe.endswith(f"({KEY})")
    assert not safe.startswith(".")
    assert not set(safe) & set('/\\:*?"<>|\0')
    assert len(safe.encode()) <= LONGEST_NAME


@settings(max_examples=50)
@given(st.text())
def test_any_name_becomes_a_folder_that_is_found(name: str) -> None:
    with TemporaryDirectory() as home:
        folders = DiskFolders(Path(home))
        made = anyio.run(folders.make_folder, KEY, name, FILES)
        assert anyio.run(folders.find_folder, KEY) == made
