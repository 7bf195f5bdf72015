"""Google Drive keeps project folders: made once, completed after a crash, left alone when whole."""

from collections.abc import Generator
from dataclasses import replace

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.base import connector_class
from orchestration_project.connectors.folder import TABLE
from orchestration_project.connectors.folder.drive import DriveFolders
from orchestration_project.connectors.folder.drive_ids import InMemory
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
    late,
    rate_limited,
    status,
    truncated,
    web_page,
)
from orchestration_project.fake_services.google import refused
from orchestration_project.fake_services.google_drive import (
    FOLDER_TYPE,
    ROOT,
    GoogleDriveService,
    parts_of,
)
from orchestration_project.model.ports import OwnIds
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import Watched, violations
from orchestration_project_tests.connectors.services import given as connector_context
from orchestration_project_tests.data_sets import naughty_strings

pytestmark = pytest.mark.anyio

KEY = "L-abcdefghij"
NAME = f"Zoë's Café ({KEY})"
FILES = {"lead.md": "# Zoë\r\n--\r\n\x00".encode(), "raw.bin": bytes(range(256))}


@pytest.fixture
def service() -> Generator[GoogleDriveService]:
    with GoogleDriveService() as running:
        yield running


def open_drive(
    http: httpx.AsyncClient, service: GoogleDriveService, *, ids: OwnIds | None = None, **options: str
) -> DriveFolders:
    environment = {**service.environment, "GOOGLE_DRIVE_BASE_URL": service.base_url}
    given = replace(connector_context(http, environment), ids=ids)
    return DriveFolders.open(Connection(connector="drive", options={**options}), given)


@pytest.fixture
def drive(http: httpx.AsyncClient, service: GoogleDriveService) -> DriveFolders:
    return open_drive(http, service)


def a_template(service: GoogleDriveService) -> str:
    template = service.add("Template")
    contracts = service.add("Contracts", template)
    service.add("Terms of Zoë.txt", contracts, b"terms")
    for number in range(4):
        service.add(f"note {number}.txt", template, b"%d" % number)
    service.add("Empty", template)
    return template


async def test_a_folder_holds_its_files_byte_for_byte(
    drive: DriveFolders, service: GoogleDriveService
) -> None:
    written = await drive.make_folder(KEY, NAME, FILES)
    assert service.tree(ROOT) == {NAME: FILES}
    assert written.url == f"https://drive.google.com/drive/folders/{written.external_id}"
    assert {item.kind for item in service.items.values()} >= {"text/markdown"}


async def test_a_folder_is_found_by_its_key_also_renamed_and_moved(
    drive: DriveFolders, service: GoogleDriveService
) -> None:
    assert await drive.find_folder(KEY) is None
    written = await drive.make_folder(KEY, NAME, FILES)
    folder = service.items[written.external_id]
    folder.name, folder.parent = "won!", service.add("2026")
    assert await drive.find_folder(KEY) == written
    assert await drive.find_folder("L-other") is None


async def test_a_whole_folder_is_left_as_it_is(drive: DriveFolders, service: GoogleDriveService) -> None:
    first = await drive.make_folder(KEY, NAME, FILES)
    [page] = [item for item in service.items.values() if item.name == "lead.md"]
    page.content = b"my own words"
    assert await drive.make_folder(KEY, "other", FILES) == first
    assert page.content == b"my own words"
    assert len(service.items) == 3


@pytest.mark.parametrize("at", ["POST /drive", "POST /upload", "PATCH"])
@pytest.mark.parametrize("fault", [answer_lost(), truncated(), Fault(hang_up=True), status(500)])
async def test_after_a_crash_anywhere_nothing_is_made_twice(
    http: httpx.AsyncClient, service: GoogleDriveService, at: str, fault: Fault
) -> None:
    template = a_template(service)
    drive = open_drive(http, service, template=template)
    service.next_answer(fault, fault, fault, to=at)
    written = None
    for _ in range(4):
        try:
            written = await drive.find_folder(KEY) or await drive.make_folder(KEY, NAME, FILES)
            break
        except TransientServiceError:
            continue
    assert written is not None
    assert service.tree(ROOT) == {
        "Template": service.tree(template),
        NAME: {**service.tree(template), **FILES},
    }
    assert len(service.tree(template)) == 6


async def test_a_half_made_folder_is_none(drive: DriveFolders, service: GoogleDriveService) -> None:
    service.next_answer(status(400), to="POST /upload")
    with pytest.raises(PermanentServiceError):
        await drive.make_folder(KEY, NAME, FILES)
    assert await drive.find_folder(KEY) is None
    await drive.make_folder(KEY, NAME, FILES)
    assert service.tree(ROOT) == {NAME: FILES}


async def test_a_folder_that_a_person_threw_away_is_not_found(
    drive: DriveFolders, service: GoogleDriveService
) -> None:
    written = await drive.make_folder(KEY, NAME, FILES)
    service.items[written.external_id].trashed = True
    assert await drive.find_folder(KEY) is None


async def test_folders_go_into_the_parent(http: httpx.AsyncClient, service: GoogleDriveService) -> None:
    parent = service.add("Leads")
    await open_drive(http, service, parent=parent).make_folder(KEY, NAME, FILES)
    assert service.tree(ROOT) == {"Leads": {NAME: FILES}}


async def test_a_folder_that_came_to_be_there_twice_is_found_twice(
    http: httpx.AsyncClient, drive: DriveFolders, service: GoogleDriveService
) -> None:
    first = await drive.make_folder(KEY, NAME, FILES)
    assert await drive.twins("folder", KEY, None) == (first,)
    # the first request of another try, done late
    api = drive._google.api()
    body = {"name": NAME, "mimeType": FOLDER_TYPE, "appProperties": {"leadKey": KEY}}
    late = await api.ask(dict[str, object], "POST", "drive/v3/files", json=body)
    found = await drive.twins("folder", KEY, None)
    assert [one.external_id for one in found] == [first.external_id, late["id"]]
    service.items[first.external_id].trashed = True
    assert len(await drive.twins("folder", KEY, None)) == 1
    assert await drive.twins("draft", KEY, None) == ()


async def test_a_parent_or_template_that_is_not_there_is_a_setting_to_mend(
    http: httpx.AsyncClient, service: GoogleDriveService
) -> None:
    with pytest.raises(SetupError, match=r"`parent` folder.*connections\.yaml"):
        await open_drive(http, service, parent="gone").make_folder(KEY, NAME, FILES)
    with pytest.raises(SetupError, match=r"`template` folder.*connections\.yaml"):
        await open_drive(http, service, template="gone").make_folder(KEY, NAME, FILES)


async def test_a_template_without_a_bottom_is_given_up(
    http: httpx.AsyncClient, service: GoogleDriveService
) -> None:
    template = folder = service.add("Template")
    for _ in range(12):
        folder = service.add("deeper", folder)
    with pytest.raises(SetupError, match="flatter"):
        await open_drive(http, service, template=template).make_folder(KEY, NAME, FILES)


@pytest.mark.parametrize("fault", [rate_limited(), refused(403, "userRateLimitExceeded")])
async def test_a_rate_limit_that_passes_is_waited_for(
    drive: DriveFolders, service: GoogleDriveService, fault: Fault
) -> None:
    service.next_answer(fault, to="POST /upload")
    await drive.make_folder(KEY, NAME, FILES)
    assert service.tree(ROOT) == {NAME: FILES}


@pytest.mark.parametrize("fault", [status(500), web_page(), status(503), Fault(hang_up=True)])
async def test_could_not_ask_is_not_the_same_as_not_found(
    drive: DriveFolders, service: GoogleDriveService, fault: Fault
) -> None:
    service.next_answer(fault, fault, fault, to="GET")
    with pytest.raises(TransientServiceError):
        await drive.find_folder(KEY)


@pytest.mark.parametrize(
    ("reason", "mend"),
    [
        ("storageQuotaExceeded", "shared drive"),
        ("teamDriveFileLimitExceeded", "shared drive"),
        ("numChildrenInNonRootLimitExceeded", "shared drive"),
        ("insufficientFilePermissions", "Share the folder"),
        ("cannotCopyFile", "owner allow it"),
    ],
)
async def test_a_drive_that_takes_no_more_is_a_matter_of_set_up(
    drive: DriveFolders, service: GoogleDriveService, reason: str, mend: str
) -> None:
    service.next_answer(refused(403, reason), to="POST /upload")
    with pytest.raises(SetupError, match=mend):
        await drive.make_folder(KEY, NAME, FILES)


async def test_a_folder_that_a_person_deletes_while_it_is_filled_is_begun_anew(
    drive: DriveFolders, service: GoogleDriveService
) -> None:
    service.next_answer(refused(404, "notFound"), to="POST /upload")
    with pytest.raises(TransientServiceError, match="has deleted it"):
        await drive.make_folder(KEY, NAME, FILES)
    for item in service.items.values():
        item.trashed = True
    await drive.make_folder(KEY, NAME, FILES)
    assert service.tree(ROOT) == {NAME: FILES}


async def test_an_expired_credential_says_how_to_renew_it(
    drive: DriveFolders, service: GoogleDriveService
) -> None:
    service.revoke()
    with pytest.raises(CredentialError, match="GOOGLE_REFRESH_TOKEN"):
        await drive.find_folder(KEY)
    assert not (await drive.check()).ok


async def test_the_check_sees_whether_it_may_write(
    http: httpx.AsyncClient, service: GoogleDriveService
) -> None:
    assert (await open_drive(http, service).check()).ok
    parent = service.add("Leads")
    drive = open_drive(http, service, parent=parent)
    assert (await drive.check()).ok
    service.read_only = True
    assert "may not write" in (await drive.check()).says
    service.read_only, service.items[parent].trashed = False, True
    assert "in the bin" in (await drive.check()).says
    assert "does not see" in (await open_drive(http, service, parent="gone").check()).says
    template = a_template(service)
    drive = open_drive(http, service, template=template)
    assert (await drive.check()).ok  # it is only read
    service.items[template].trashed = True
    assert "`template` folder is in the bin" in (await drive.check()).says
    gone = await open_drive(http, service, template="gone").check()
    assert "does not see the `template`" in gone.says


async def test_a_wrong_option_is_named(http: httpx.AsyncClient, service: GoogleDriveService) -> None:
    with pytest.raises(LeadsError, match="folder_id"):
        open_drive(http, service, folder_id="x")
    with pytest.raises(LeadsError, match="parent"):
        open_drive(http, service, parent="https://drive.google.com/drive/folders/1")


def test_the_table_names_it() -> None:
    assert connector_class("folder", "drive", TABLE) is DriveFolders


async def test_what_goes_out_keeps_to_the_official_description(
    http: httpx.AsyncClient, service: GoogleDriveService
) -> None:
    watched = Watched(open_drive(http, service, template=a_template(service), parent=service.add("Leads")))
    drive = watched.connector
    await drive.get_ready()
    await drive.make_folder(KEY, NAME, FILES)
    await drive.find_folder(KEY)
    await drive.twins("folder", KEY, None)
    assert await drive.rename_folder(KEY, "Another")
    assert await drive.name_of(KEY) == "Another"
    await drive.check()
    await open_drive(http, service).check()
    assert watched.left_out == set()
    uploads = [request for request in service.calls if request.path.startswith("/upload")]
    assert [parts_of(request)[0]["name"] for request in uploads] == list(FILES)
    assert len(service.calls) > 10
    assert violations("gdrive", service.calls, answers=service.answers) == []


async def test_naughty_names_survive(drive: DriveFolders, service: GoogleDriveService) -> None:
    files = {name: name.encode() for name in naughty_strings()}
    await drive.make_folder(KEY, max(files), files)
    assert service.tree(ROOT) == {max(files): files}


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=300), st.binary(max_size=200))
def test_any_name_and_content_survives(name: str, content: bytes) -> None:
    async def run() -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            await survives(open_drive(http, service), service, name, content)

    with GoogleDriveService() as service:
        anyio.run(run)


async def survives(
    drive: DriveFolders, service: GoogleDriveService, name: str, content: bytes = b"x"
) -> None:
    service.items.clear()
    key = name[:20]
    await drive.make_folder(key, name, {name: content})
    assert service.tree(ROOT) == {name: {name: content}}
    assert await drive.find_folder(key) is not None


async def test_a_folder_and_its_files_are_made_under_ids_that_were_kept_before(
    http: httpx.AsyncClient, service: GoogleDriveService
) -> None:
    ids = InMemory()
    first = open_drive(http, service, ids=ids)
    service.next_answer(answer_lost(), to="POST /drive/v3/files")
    with pytest.raises(TransientServiceError):
        await first.make_folder(KEY, NAME, FILES)
    [folder] = service.items
    known = ids.keep("Google Drive", {f"{KEY} folder": "another"})
    assert known == {f"{KEY} folder": folder}, "known although the answer was lost"


async def test_folders_of_many_leads_take_their_ids_from_one_question(
    http: httpx.AsyncClient, service: GoogleDriveService
) -> None:
    drive = open_drive(http, service, ids=InMemory())
    await drive.get_ready()
    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(drive.make_folder, f"{KEY}{number}", f"{NAME} {number}", FILES)
    assert len(service.asked("GET /drive/v3/files/generateIds")) == 1
    assert len(service.tree(ROOT)) == 20


async def test_a_write_that_is_carried_out_late_makes_no_twin(
    http: httpx.AsyncClient, service: GoogleDriveService
) -> None:
    ids = InMemory()
    service.next_answer(late(3_600), to="POST /drive/v3/files")
    with pytest.raises(TransientServiceError):
        await open_drive(http, service, ids=ids).make_folder(KEY, NAME, FILES)
    again = open_drive(http, service, ids=ids)  # another process, later
    written = await again.make_folder(KEY, NAME, FILES)
    [late_reply] = service.land()
    assert late_reply.status == 409
    assert await again.twins("folder", KEY, None) == (written,)


async def test_an_id_whose_folder_a_person_has_thrown_away_is_given_up_for_another(
    http: httpx.AsyncClient, service: GoogleDriveService
) -> None:
    drive = open_drive(http, service, ids=InMemory())
    first = await drive.make_folder(KEY, NAME, FILES)
    service.items[first.external_id].trashed = True
    for item in service.items.values():
        item.trashed = True
    second = await drive.make_folder(KEY, NAME, FILES)
    assert second.external_id != first.external_id
    assert service.tree(second.external_id) == FILES


async def test_a_copy_of_a_google_document_is_asked_for_without_an_id_since_drive_takes_none(
    http: httpx.AsyncClient, service: GoogleDriveService
) -> None:
    template = service.add("Template")
    document = service.add("Letter", template, b"text")
    service.items[document].kind = "application/vnd.google-apps.document"
    drive = open_drive(http, service, template=template)
    written = await drive.make_folder(KEY, NAME, FILES)
    assert set(service.tree(written.external_id)) == {"Letter", *FILES}
