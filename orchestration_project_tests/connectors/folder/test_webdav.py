"""Project folders on a real WebDAV server, which wsgidav is: made whole or not at all, and found again."""

from collections.abc import Generator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as examples
from hypothesis import strategies as st

from orchestration_project.connectors.folder.webdav import WebDavFolders
from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import (
    Fault,
    answer_lost,
    rate_limited,
    silence,
    status,
    truncated,
    web_page,
)
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given
from orchestration_project_tests.data_sets import naughty_strings
from orchestration_project_tests.fakes.dav import WebDavService

pytestmark = pytest.mark.anyio

KEY = "L-abcdefghij"
NAME = f"Acme, Zoë & Söhne ({KEY})"
FILES = {"lead.md": b"# Lead", "notes 2.md": "Grüße".encode()}


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "leads").mkdir()
    return tmp_path / "leads"


@pytest.fixture
def service(disk: Path) -> Generator[WebDavService]:
    with WebDavService(disk.parent) as running:
        yield running


@pytest.fixture
def folders(http: httpx.AsyncClient, service: WebDavService) -> WebDavFolders:
    return opened(http, service)


def opened(
    http: httpx.AsyncClient,
    service: WebDavService,
    options: dict[str, str] | None = None,
    environment: dict[str, str] | None = None,
) -> WebDavFolders:
    connection = Connection(connector="webdav", options={**(options or {})})
    return WebDavFolders.open(connection, given(http, {**service.environment, **(environment or {})}))


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_a_folder_with_its_files_is_made_and_found_by_the_key(
    folders: WebDavFolders, service: WebDavService, disk: Path
) -> None:
    assert await folders.find_folder(KEY) is None
    made = await folders.make_folder(KEY, NAME, FILES)
    assert made.external_id == NAME
    assert names(disk) == [NAME]
    assert content(disk / NAME) == FILES
    assert unquote(made.url or "") == f"{service.base_url}/leads/{NAME}/"
    assert await folders.find_folder(KEY) == made
    assert await folders.find_folder("L-zzzzzzzzzz") is None


async def test_a_folder_is_found_after_a_person_renamed_it(folders: WebDavFolders, disk: Path) -> None:
    await folders.make_folder(KEY, NAME, FILES)
    (disk / NAME).rename(disk / f"2026 {KEY} Acme, won")
    found = await folders.find_folder(KEY)
    assert found is not None
    assert found.external_id == f"2026 {KEY} Acme, won"


async def test_a_folder_that_is_there_is_never_written_to(folders: WebDavFolders, disk: Path) -> None:
    first = await folders.make_folder(KEY, NAME, FILES)
    (disk / NAME / "lead.md").write_text("my own words")
    assert await folders.make_folder(KEY, f"Acme Holdings ({KEY})", FILES) == first
    assert (disk / NAME / "lead.md").read_text() == "my own words"
    assert len(names(disk)) == 1


async def test_a_half_made_folder_is_none_and_is_made_anew(folders: WebDavFolders, disk: Path) -> None:
    half = disk / f".making-{KEY}"
    half.mkdir()
    (half / "lead.md").write_bytes(b"# Le")
    (half / "old.md").write_bytes(b"of an older version")
    assert await folders.find_folder(KEY) is None
    await folders.make_folder(KEY, NAME, FILES)
    assert names(disk) == [NAME]
    assert content(disk / NAME) == FILES


async def test_a_file_is_no_folder(folders: WebDavFolders, disk: Path) -> None:
    (disk / f"{KEY}.txt").write_text("")
    assert await folders.find_folder(KEY) is None


@pytest.mark.parametrize("step", ["MKCOL", "PUT", "MOVE"])
@pytest.mark.parametrize("fault", [answer_lost(), status(500)], ids=["answer lost", "server error"])
async def test_after_a_crash_at_any_step_there_is_one_folder_in_the_end(
    folders: WebDavFolders, service: WebDavService, disk: Path, step: str, fault: Fault
) -> None:
    service.next_answer(fault, fault, fault, to=step)
    with pytest.raises(TransientServiceError):
        await folders.make_folder(KEY, NAME, FILES)
    service._faults.clear()
    found = await folders.find_folder(KEY)
    assert (found is not None) == (step == "MOVE" and fault.acts)
    if found is None:
        await folders.make_folder(KEY, NAME, FILES)
    assert names(disk) == [NAME]
    assert content(disk / NAME) == FILES


async def test_a_folder_begins_as_a_copy_of_the_template(
    http: httpx.AsyncClient, service: WebDavService, disk: Path
) -> None:
    template = disk / "Vorlage ä"
    (template / "Contracts").mkdir(parents=True)
    (template / "checklist.md").write_text("- [ ] call")
    folders = opened(http, service, {"template": "Vorlage ä"})
    (disk / f".making-{KEY}").mkdir()
    (disk / f".making-{KEY}" / "left.md").write_text("of an earlier try")
    await folders.make_folder(KEY, NAME, FILES)
    assert {path.name for path in (disk / NAME).iterdir()} == {"Contracts", "checklist.md", *FILES}
    assert (template / "checklist.md").exists()


async def test_a_template_that_is_not_there_is_told(
    http: httpx.AsyncClient, service: WebDavService, disk: Path
) -> None:
    folders = opened(http, service, {"template": "Vorlage"})
    with pytest.raises(SetupError, match="no template folder"):
        await folders.make_folder(KEY, NAME, FILES)
    assert "no template folder" in (await folders.check()).says
    (disk / "Vorlage").write_text("a file is none")
    assert not (await folders.check()).ok
    (disk / "Vorlage").unlink()
    (disk / "Vorlage").mkdir()
    assert (await folders.check()).ok


async def test_people_get_the_link_that_opens_the_folder(
    http: httpx.AsyncClient, service: WebDavService
) -> None:
    link = "https://cloud.example/apps/files/?dir=/Leads/{name}"
    made = await opened(http, service, {"link": link}).make_folder(KEY, f"A&B ({KEY})", FILES)
    assert made.url == f"https://cloud.example/apps/files/?dir=/Leads/A%26B%20%28{KEY}%29"
    with pytest.raises(LeadsError, match="name"):
        opened(http, service, {"link": "https://cloud.example"})


async def test_a_wrong_password_is_a_credential_to_renew(
    http: httpx.AsyncClient, service: WebDavService
) -> None:
    wrong = opened(http, service, environment={"WEBDAV_PASSWORD": "old"})
    with pytest.raises(CredentialError, match="401"):
        await wrong.find_folder(KEY)
    assert not (await wrong.check()).ok


async def test_an_address_without_a_folder_is_told(http: httpx.AsyncClient, service: WebDavService) -> None:
    wrong = opened(http, service, environment={"WEBDAV_URL": f"{service.base_url}/elsewhere"})
    with pytest.raises(PermanentServiceError, match="404"):
        await wrong.find_folder(KEY)
    assert not (await wrong.check()).ok


async def test_check_is_content_with_a_folder_only(
    http: httpx.AsyncClient, service: WebDavService, folders: WebDavFolders, disk: Path
) -> None:
    assert (await folders.check()).ok
    (disk / "file").write_text("")
    wrong = opened(http, service, environment={"WEBDAV_URL": f"{service.base_url}/leads/file"})
    assert "no folder" in (await wrong.check()).says


async def test_a_rate_limit_that_passes_is_waited_for(
    folders: WebDavFolders, service: WebDavService, disk: Path
) -> None:
    service.next_answer(rate_limited(1), to="MOVE")
    await folders.make_folder(KEY, NAME, FILES)
    assert names(disk) == [NAME]


async def test_a_rate_limit_that_lasts_is_told_with_its_wait(
    folders: WebDavFolders, service: WebDavService
) -> None:
    service.next_answer(rate_limited(60), to="PROPFIND")
    with pytest.raises(TransientServiceError) as caught:
        await folders.find_folder(KEY)
    assert caught.value.retry_after == 60


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (status(503), TransientServiceError),
        (truncated(), TransientServiceError),
        (web_page(), TransientServiceError),
        (web_page(207), TransientServiceError),
        (status(207, b"<html><title>Back soon</title><p>Wait.</p></html>"), TransientServiceError),
        (status(200, b"plain text"), SetupError),
        (status(507), SetupError),
        (status(404, b"<h1>Not Found</h1>"), SetupError),
    ],
    ids=["down", "cut off", "web page", "207 web page", "sound XML that is a page", "no DAV", "full", "gone"],
)
async def test_a_search_that_cannot_be_made_is_no_answer(
    folders: WebDavFolders, service: WebDavService, fault: Fault, kind: type[Exception]
) -> None:
    service.next_answer(fault, fault, fault, to="PROPFIND")
    with pytest.raises(kind):
        await folders.find_folder(KEY)


async def test_a_folder_that_was_moved_in_part_is_not_taken_for_whole(
    folders: WebDavFolders, service: WebDavService
) -> None:
    locked = b'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"/>'
    service.next_answer(status(207, locked), to="MOVE")
    with pytest.raises(TransientServiceError, match="a part of what was asked"):
        await folders.make_folder(KEY, NAME, FILES)
    assert await folders.find_folder(KEY) is None
    await folders.make_folder(KEY, NAME, FILES)
    assert await folders.find_folder(KEY) is not None


async def test_a_folder_above_that_is_gone_is_a_matter_of_set_up(
    folders: WebDavFolders, service: WebDavService
) -> None:
    service.next_answer(status(409), to="MKCOL")
    with pytest.raises(SetupError, match="no folder at WEBDAV_URL"):
        await folders.make_folder(KEY, NAME, FILES)


async def test_silence_is_transient(folders: WebDavFolders, service: WebDavService) -> None:
    object.__setattr__(folders._api, "timeout", 0.2)
    service.next_answer(silence(), silence(), silence(), to="PROPFIND")
    with pytest.raises(TransientServiceError, match="did not answer"):
        await folders.find_folder(KEY)


@pytest.mark.parametrize("name", ["WEBDAV_URL", "WEBDAV_USER", "WEBDAV_PASSWORD"])
async def test_a_setting_that_is_missing_is_named(
    http: httpx.AsyncClient, service: WebDavService, name: str
) -> None:
    with pytest.raises(LeadsError, match=name):
        opened(http, service, environment={name: ""})


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@examples(name=st.text(max_size=120), text=st.binary(max_size=50))
async def test_any_name_makes_one_folder_that_is_found(
    folders: WebDavFolders, disk: Path, name: str, text: bytes
) -> None:
    await survives(folders, disk, name, text)


async def test_naughty_strings_survive(folders: WebDavFolders, disk: Path) -> None:
    for name in naughty_strings()[::7]:
        await survives(folders, disk, name, name.encode())


async def survives(folders: WebDavFolders, disk: Path, name: str, text: bytes) -> None:
    made = await folders.make_folder(KEY, f"{name} ({KEY})", {"lead.md": text})
    assert await folders.find_folder(KEY) == made
    assert names(disk) == [made.external_id]
    folder = disk / made.external_id
    assert content(folder) == {"lead.md": text}
    (folder / "lead.md").unlink()
    folder.rmdir()


async def test_a_folder_is_called_otherwise_with_all_that_is_in_it(
    folders: WebDavFolders, disk: Path
) -> None:
    await folders.make_folder(KEY, NAME, FILES)
    (disk / NAME / "offer.txt").write_text("a person's")
    renamed = await folders.rename_folder(KEY, f"Acme Group ({KEY})")
    assert renamed is not None and renamed == await folders.find_folder(KEY)
    assert await folders.name_of(KEY) == f"Acme Group ({KEY})"
    assert names(disk) == [f"Acme Group ({KEY})"]
    assert sorted(names(disk / f"Acme Group ({KEY})")) == ["lead.md", "notes 2.md", "offer.txt"]
    assert await folders.rename_folder("L-nobody", "Nobody (L-nobody)") is None
