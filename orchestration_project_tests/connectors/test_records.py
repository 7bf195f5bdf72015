"""What CRMs, mailing lists and calendars say of things that we made: changed, merged, deleted, taken back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from orchestration_project.connectors import SAYS, TABLES
from orchestration_project.connectors.base import connector_class
from orchestration_project.connectors.calendar.google import GoogleCalendar
from orchestration_project.connectors.calendar.ics import IcsFolder
from orchestration_project.connectors.calendar.interface import Hold
from orchestration_project.connectors.crm.hubspot import HubSpotCrm
from orchestration_project.connectors.crm.interface import Crm
from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.connectors.crm.pipedrive import PipedriveCrm
from orchestration_project.connectors.sequence import brevo as brevo_connector
from orchestration_project.connectors.sequence import mailchimp_records
from orchestration_project.connectors.sequence.brevo import Brevo
from orchestration_project.connectors.sequence.interface import RenamesMembers, Sequence, Subscriber
from orchestration_project.connectors.sequence.local import LocalSequence
from orchestration_project.connectors.sequence.mailchimp import Mailchimp
from orchestration_project.errors import TransientServiceError
from orchestration_project.fake_services import brevo, hubspot, mailchimp, pipedrive
from orchestration_project.fake_services.base import FakeService, status
from orchestration_project.fake_services.brevo import FakeBrevo
from orchestration_project.fake_services.google_calendar import GoogleCalendarService
from orchestration_project.fake_services.hubspot import FakeHubSpot
from orchestration_project.fake_services.in_memory import in_memory
from orchestration_project.fake_services.mailchimp import FakeMailchimp
from orchestration_project.fake_services.pipedrive import FakePipedrive
from orchestration_project.model.ports import TellsChanges, TellsRecords
from orchestration_project.model.records import NO, YES, Told, in_words, name_parts
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given
from orchestration_project_tests.hand_clock import HandClock

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]

JANE = {"email": "jane@acme.example", "name": "Jane Doe", "phone": "+442079460000", "company": "Acme Ltd"}
LIST = "monthly-letter"
MEMBER = Subscriber(email="jane@acme.example", given_name="Jane", family_name="Doe")


def over(service: FakeService) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=in_memory(service))


class People:
    """A CRM, and what people do in it."""

    def __init__(self, crm: Crm, service: FakeHubSpot | FakePipedrive | None, clock: HandClock) -> None:
        self.crm, self.service, self.clock = crm, service, clock

    async def edit(self, contact: str, *, opted_out: bool = False) -> None:
        """The person is called Jane van Doe now."""
        self.clock.forward(minutes=20)
        match self.service:
            case FakeHubSpot():
                out = {"hs_email_optout": "true"} if opted_out else {}
                self.service.change_contact(contact, firstname="Jane", lastname="van Doe", **out)
            case FakePipedrive():
                out = {"marketing_status": "unsubscribed"} if opted_out else {}
                self.service.change_person(int(contact), name="Jane van Doe", **out)
            case _:
                assert isinstance(self.crm, LocalCrm)
                await self.crm.change_contact(contact, {"name": "Jane van Doe"}, opted_out=opted_out or None)

    def merge_away(self, contact: str) -> str:
        """Into another one. Answers its id."""
        assert isinstance(self.service, FakeHubSpot)
        kept = self.service.enter_contact(email="j.doe@acme.example", firstname="J", lastname="Doe")
        self.service.merge(kept, contact)
        return kept

    def delete(self, contact: str) -> None:
        match self.service:
            case FakeHubSpot():
                self.service.delete(contact)
            case FakePipedrive():
                del self.service.rows["persons"][contact]
            case _:
                raise NotImplementedError


@pytest.fixture(params=["hubspot", "pipedrive", "local"])
def people(request: pytest.FixtureRequest, clock: HandClock) -> Iterator[People]:
    match request.param:
        case "hubspot":
            service = FakeHubSpot(clock)
            http = over(service)
            environment = {"HUBSPOT_TOKEN": hubspot.TOKEN, "HUBSPOT_BASE_URL": service.base_url}
            context = given(http, environment, clock=clock)
            yield People(HubSpotCrm.open(Connection(connector="hubspot"), context), service, clock)
        case "pipedrive":
            service = FakePipedrive(clock)
            http = over(service)
            environment = {"PIPEDRIVE_TOKEN": pipedrive.TOKEN, "PIPEDRIVE_BASE_URL": service.base_url}
            context = given(http, environment, clock=clock)
            yield People(PipedriveCrm.open(Connection(connector="pipedrive"), context), service, clock)
        case _:
            engine: Engine = request.getfixturevalue("database")
            yield People(LocalCrm(engine, clock), None, clock)


async def test_a_person_changed_in_a_crm_is_told_once_and_of_others_nothing(people: People) -> None:
    crm = people.crm
    assert isinstance(crm, TellsChanges)
    ours = await crm.create_contact(JANE, {"lead_ref": "L-1"})
    others = await crm.create_contact({"email": "kim@beta.example", "name": "Kim"}, {})
    begin = await crm.records_changed_since(None)
    assert [(one.outside_id, one.values["company"]) for one in begin.told] == [(ours.id, "Acme Ltd")]
    assert (await crm.records_changed_since(begin.cursor)).told == ()
    await people.edit(ours.id, opted_out=True)
    await people.edit(others.id)
    page = await crm.records_changed_since(begin.cursor)
    (told,) = page.told
    assert (told.outside_id, in_words(told.values["name"])) == (ours.id, "Jane van Doe")
    assert told.values["consent"] == NO
    assert told.changed_at is not None
    assert (await crm.records_changed_since(page.cursor)).told == ()
    assert await crm.records_of([ours.id, "99999"]) == (told, Told(outside_id="99999", gone=True))


async def test_a_bulk_edit_is_read_once_and_not_again_for_ever(people: People) -> None:
    crm = people.crm
    assert isinstance(crm, TellsChanges)
    for number in range(7):
        await crm.create_contact(JANE | {"email": f"p{number}@acme.example"}, {"lead_ref": f"L-{number}"})
    page = await crm.records_changed_since(None)
    assert len(page.told) == 7
    people.clock.forward(minutes=20)
    page = await crm.records_changed_since(page.cursor)
    if people.service is not None:
        people.service.requests.clear()
        await crm.records_changed_since(page.cursor)
        assert len(people.service.requests) == 1


@pytest.mark.parametrize("people", ["hubspot"], indirect=True)
async def test_a_contact_that_was_merged_away_is_told_under_the_one_it_went_into(people: People) -> None:
    crm = people.crm
    assert isinstance(crm, TellsChanges)
    ours = await crm.create_contact(JANE, {"lead_ref": "L-1"})
    kept = people.merge_away(ours.id)
    (told,) = await crm.records_of([ours.id])
    assert (told.outside_id, told.now_id, told.gone) == (ours.id, kept, False)
    assert name_parts(told.values["name"]) == ("J", "Doe"), "a name in two parts stays in two"


@pytest.mark.parametrize("people", ["hubspot", "pipedrive"], indirect=True)
async def test_a_deleted_contact_is_gone_and_one_that_nobody_can_tell_of_is_not(people: People) -> None:
    crm = people.crm
    assert isinstance(crm, TellsRecords)
    ours = await crm.create_contact(JANE, {"lead_ref": "L-1"})
    people.delete(ours.id)
    assert [one.gone for one in await crm.records_of([ours.id])] == [True]
    assert people.service is not None
    people.service.next_answer(*[status(503)] * 9)
    with pytest.raises(TransientServiceError):
        await crm.records_of([ours.id])


class Members:
    """A mailing list, and what a person in it does."""

    def __init__(self, sequence: Sequence, service: FakeMailchimp | FakeBrevo | None, home: Path) -> None:
        self.sequence, self.service, self.home = sequence, service, home

    def unsubscribe(self) -> None:
        match self.service:
            case FakeMailchimp():
                self.service.change(MEMBER.email, "unsubscribed")
            case FakeBrevo():
                self.service.change(MEMBER.email, left=7)
            case _:
                path = self.home / f"{LIST}.csv"
                head, row = path.read_text().splitlines()
                path.write_text(f"{head},unsubscribed\n{row},yes\n")


@pytest.fixture(params=["mailchimp", "brevo", "local"])
def members(request: pytest.FixtureRequest, clock: HandClock, tmp_path: Path) -> Members:
    match request.param:
        case "mailchimp":
            service = FakeMailchimp(clock)
            http = over(service)
            environment = {"MAILCHIMP_API_KEY": mailchimp.KEY, "MAILCHIMP_BASE_URL": service.base_url}
            line = Connection(connector="mailchimp", options={"audience": mailchimp.AUDIENCE})
            opened = Mailchimp.open(line, given(http, environment, clock=clock))
            return Members(opened, service, tmp_path)
        case "brevo":
            service = FakeBrevo(clock)
            http = over(service)
            environment = {"BREVO_API_KEY": brevo.KEY, "BREVO_BASE_URL": service.base_url}
            line = Connection(connector="brevo", options={"lists": {LIST: 7}})
            opened = Brevo.open(line, given(http, environment, clock=clock))
            return Members(opened, service, tmp_path)
        case _:
            return Members(LocalSequence(tmp_path, clock), None, tmp_path)


async def test_who_unsubscribes_is_told_and_by_our_receipts_id(members: Members, clock: HandClock) -> None:
    sequence = members.sequence
    assert isinstance(sequence, TellsRecords)
    written = await sequence.enrol(LIST, MEMBER)
    (told,) = await sequence.records_of([written.external_id])
    assert (told.outside_id, told.values["consent"]) == (written.external_id, YES)
    assert name_parts(told.values["name"]) == ("Jane", "Doe")
    cursor = None
    if isinstance(sequence, TellsChanges):
        cursor = (await sequence.records_changed_since(None)).cursor
    clock.forward(minutes=20)
    members.unsubscribe()
    (told,) = await sequence.records_of([written.external_id])
    assert told.values["consent"] == NO
    if isinstance(sequence, TellsChanges):
        page = await sequence.records_changed_since(cursor)
        assert [(one.outside_id, one.values["consent"]) for one in page.told] == [(written.external_id, NO)]
        clock.forward(minutes=20)
        # it looks back a little: what is told once more changes nothing
        page = await sequence.records_changed_since(page.cursor)
        assert (await sequence.records_changed_since(page.cursor)).told == ()


@pytest.mark.parametrize("members", ["mailchimp", "brevo"], indirect=True)
async def test_an_import_of_thousands_is_read_bit_by_bit_and_to_its_end(
    members: Members, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert members.service is not None
    for module in (brevo_connector, mailchimp_records):
        monkeypatch.setattr(module, "_PAGE", 2)
        monkeypatch.setattr(module, "_MOST", 4)
    for number in range(11):
        clock.forward(seconds=1)
        members.service.add(f"p{number}@acme.example")
    assert isinstance(members.sequence, TellsChanges)
    read: list[str] = []
    cursor = None
    for _ in range(6):  # and once more what is looked back at
        if len(read) == 11:
            clock.forward(minutes=20)
        page = await members.sequence.records_changed_since(cursor)
        read += [one.outside_id for one in page.told]
        cursor = page.cursor
    assert len(set(read)) == 11
    clock.forward(minutes=20)
    assert (await members.sequence.records_changed_since(cursor)).told == ()


async def test_who_is_taken_out_gets_no_mail_any_more_and_once_is_enough(members: Members) -> None:
    sequence = members.sequence
    await sequence.enrol(LIST, MEMBER)
    assert await sequence.leave(LIST, MEMBER.email)
    assert await sequence.find_member(LIST, MEMBER.email) is None
    assert not await sequence.leave(LIST, MEMBER.email)


async def test_a_member_is_called_otherwise_and_stays_who_it_is(members: Members) -> None:
    sequence = members.sequence
    assert isinstance(sequence, RenamesMembers)
    written = await members.sequence.enrol(LIST, MEMBER)
    await sequence.rename_member(LIST, MEMBER.model_copy(update={"family_name": "van Doe"}))
    now = await sequence.member(LIST, MEMBER.email)
    assert now is not None and (now.given_name, now.family_name) == ("Jane", "van Doe")
    assert await members.sequence.find_member(LIST, MEMBER.email) == written


async def test_an_edited_hold_and_a_deleted_one_are_told(clock: HandClock) -> None:
    service = GoogleCalendarService(clock=clock)
    http = over(service)
    environment = service.environment | {"GOOGLE_CALENDAR_BASE_URL": service.base_url}
    calendar = GoogleCalendar.open(Connection(connector="google"), given(http, environment, clock=clock))
    start = clock() + timedelta(days=1)
    written = [await calendar.save_hold(hold(key, start)) for key in ("L-ONE", "L-TWO")]
    service.add(start.isoformat(), (start + timedelta(hours=1)).isoformat(), summary="Dentist")
    cursor = (await calendar.records_changed_since(None)).cursor
    clock.forward(minutes=20)
    first, second = (one.external_id for one in written)
    service.change(first, summary="Call about the move")
    service.delete(second)
    page = await calendar.records_changed_since(cursor)
    assert {one.outside_id: (one.gone, one.values.get("title")) for one in page.told} == {
        first: (False, "Call about the move"),
        second: (True, None),
    }
    assert await calendar.records_of([first, second]) == page.told
    assert await calendar.retitle("L-ONE", "Hold: call with Kim")
    assert await calendar.find_title("L-ONE") == "Hold: call with Kim"


async def test_a_hold_in_a_file_is_called_otherwise_and_nothing_else_of_it_changes(
    tmp_path: Path, clock: HandClock
) -> None:
    calendar = IcsFolder(tmp_path, "larkfield.example", clock)
    start = datetime(2026, 12, 1, 10, 0, tzinfo=clock().tzinfo)
    written = await calendar.save_hold(hold("L-ONE", start))
    before = await calendar.find_time("L-ONE")
    assert await calendar.retitle("L-ONE", "Hold: call with Zoë, and others")
    assert await calendar.find_title("L-ONE") == "Hold: call with Zoë, and others"
    assert await calendar.find_time("L-ONE") == before
    (told,) = await calendar.records_of([written.external_id])
    assert told.values["meeting"] == "2026-12-01T10:00+00:00"
    await calendar.erase_hold("L-ONE")
    assert await calendar.records_of([written.external_id]) == (
        Told(outside_id=written.external_id, gone=True),
    )


def hold(key: str, start: datetime) -> Hold:
    end = start + timedelta(minutes=30)
    return Hold(key=key, start=start, end=end, title="Hold: call with Jane", description="Lead")


def test_who_may_be_the_record_of_a_person_can_be_asked() -> None:
    """A playbook can name it, and then somebody has to ask it."""
    for kind in ("crm", "sequence", "calendar"):
        assert set(SAYS[kind]) == set(TABLES[kind])
        for name in TABLES[kind]:
            assert callable(getattr(connector_class(kind, name, TABLES[kind]), "records_of", None)), name
