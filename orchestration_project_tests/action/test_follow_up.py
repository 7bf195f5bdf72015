"""What the CRM is told later on: the mail as it was sent, the call when its time has passed."""

from datetime import UTC, datetime, timedelta

import anyio
import pytest

from orchestration_project.action.follow_up import (
    CALL,
    LONGEST_MAIL,
    SENT_MAIL,
    LogCall,
    LogSentMail,
    mail_activity,
)
from orchestration_project.connectors.calendar.interface import Hold
from orchestration_project.connectors.crm.interface import LoggedActivity
from orchestration_project.connectors.mail.interface import SentMail
from orchestration_project.errors import PermanentServiceError
from orchestration_project.model import Contact, NotDone, Person, ReceiptStatus, Written
from orchestration_project_tests.action.briefs import REF, a_brief, a_receipt
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.fakes.calendar import FakeCalendar
from orchestration_project_tests.fakes.crm import FakeCrm
from orchestration_project_tests.fakes.mail import FakeMail

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SENT = SentMail(
    sent_at=NOON, subject="Your payroll", text="Hello Jane,\n\nyes.\n", url="https://mail.example/1"
)
BRIEF = a_brief(receipts=(a_receipt("crm_contact"), a_receipt("draft", external_id="<d@x>")))
HOLD = Hold(key=REF, start=NOON, end=NOON + timedelta(minutes=45), title="Hold", description="")


@pytest.fixture
def crm() -> FakeCrm:
    return FakeCrm(Contact(id="1", email="jane@acme.example"))


@pytest.fixture
def mail() -> FakeMail:
    fake = FakeMail()
    fake.sent["<d@x>"] = SENT
    return fake


@pytest.fixture
def calendar() -> FakeCalendar:
    fake = FakeCalendar()
    fake.holds[REF] = HOLD
    fake.accepted_by = ("bob@acme.example", "jane@ACME.example")
    return fake


def test_a_sent_mail_is_logged_as_it_was_sent(crm: FakeCrm, mail: FakeMail, now: datetime) -> None:
    written = anyio.run(SENT_MAIL.act, BRIEF, tools(crm=crm, mail=mail), lambda: now)
    assert crm.activities == {
        ("1", f"{REF}-mail"): LoggedActivity(
            key=f"{REF}-mail", kind="mail", at=NOON, title="Your payroll", body="Hello Jane,\n\nyes."
        )
    }
    assert written == Written(
        external_id=f"activity {REF}-mail",
        url="https://mail.example/1",
        note="sent Tue 24 Nov 2026, 12:00 (Europe/London)",
        until=NOON,
    )


def test_a_logged_mail_is_found_again(crm: FakeCrm, mail: FakeMail, now: datetime) -> None:
    given = tools(crm=crm, mail=mail)
    assert anyio.run(SENT_MAIL.find, BRIEF, given) is None
    anyio.run(SENT_MAIL.act, BRIEF, given, lambda: now)
    assert anyio.run(SENT_MAIL.find, BRIEF, given) == Written(external_id=f"activity {REF}-mail")


def test_a_mail_without_a_subject_and_a_very_long_one_can_be_logged() -> None:
    long = SENT.model_copy(update={"subject": " ", "text": "x" * (LONGEST_MAIL + 1)})
    logged = mail_activity(REF, long)
    assert logged.title == "(no subject)"
    assert logged.body == "x" * LONGEST_MAIL + " […]"


def test_a_sent_mail_that_has_gone_is_told_with_what_to_do(crm: FakeCrm, now: datetime) -> None:
    with pytest.raises(PermanentServiceError, match=r"no longer there\. Put it back"):
        anyio.run(SENT_MAIL.act, BRIEF, tools(crm=crm, mail=FakeMail()), lambda: now)
    assert crm.writes == []


def test_a_call_that_the_lead_agreed_to_is_logged_at_the_time_it_had_in_the_calendar(
    crm: FakeCrm, calendar: FakeCalendar
) -> None:
    written = anyio.run(CALL.act, BRIEF, tools(crm=crm, calendar=calendar), lambda: HOLD.end)
    ((key, activity),) = crm.activities.items()
    assert key == ("1", f"{REF}-call")
    assert (activity.kind, activity.at, activity.minutes) == ("call", NOON, 45)
    assert activity.title == "Call with Jane Doe (Acme Ltd)"
    assert f"Lead {REF}. Logged since the lead had accepted the invitation" in activity.body
    assert written == Written(
        external_id=f"activity {REF}-call", note="Tue 24 Nov 2026, 12:00 (Europe/London)"
    )
    assert anyio.run(CALL.find, BRIEF, tools(crm=crm)) == Written(external_id=f"activity {REF}-call")


def test_a_call_that_a_person_moved_waits_for_its_new_time(crm: FakeCrm, calendar: FakeCalendar) -> None:
    assert anyio.run(CALL.act, BRIEF, tools(crm=crm, calendar=calendar), lambda: NOON) == NotDone(
        status=ReceiptStatus.PLANNED,
        note="was moved to Tue 24 Nov 2026, 12:00 (Europe/London)",
        until=HOLD.end,
    )
    assert crm.writes == []


def test_a_call_that_a_person_took_out_of_the_calendar_did_not_take_place(crm: FakeCrm) -> None:
    answer = anyio.run(CALL.act, BRIEF, tools(crm=crm, calendar=FakeCalendar()), lambda: HOLD.end)
    assert answer == NotDone(status=ReceiptStatus.SKIPPED, note="its time was taken out of the calendar")
    assert crm.writes == []


@pytest.mark.parametrize(
    "accepted_by",
    [(), ("hannah@larkfield.example",), ("bob@acme.example",)],
    ids=["nobody", "owner", "other"],
)
def test_a_time_that_has_passed_is_no_call_unless_the_lead_accepted(
    crm: FakeCrm, calendar: FakeCalendar, accepted_by: tuple[str, ...]
) -> None:
    calendar.accepted_by = accepted_by
    answer = anyio.run(CALL.act, BRIEF, tools(crm=crm, calendar=calendar), lambda: HOLD.end)
    assert answer == NotDone(
        status=ReceiptStatus.SKIPPED,
        note="its time has passed, and the lead has accepted no invitation to it. "
        f"If there was a call: `leads called {REF}`",
    )
    assert crm.writes == []


def test_a_lead_without_an_address_has_accepted_nothing(crm: FakeCrm, calendar: FakeCalendar) -> None:
    calendar.accepted_by = ("",)
    brief = a_brief(person=Person(full_name="Jane"), receipts=(a_receipt("crm_contact"),))
    answer = anyio.run(CALL.act, brief, tools(crm=crm, calendar=calendar), lambda: HOLD.end)
    assert isinstance(answer, NotDone)
    assert crm.writes == []


@pytest.mark.parametrize(
    ("held", "moment", "at", "minutes"),
    [
        (True, HOLD.end, NOON, 45),
        (True, NOON - timedelta(hours=2), NOON - timedelta(hours=2), None),
        (False, HOLD.end, HOLD.end, None),
    ],
    ids=["at the time held", "before it", "without a hold"],
)
def test_a_call_of_which_a_person_tells_is_logged(
    crm: FakeCrm, calendar: FakeCalendar, *, held: bool, moment: datetime, at: datetime, minutes: int | None
) -> None:
    calendar.accepted_by = ()
    if not held:
        calendar.holds.clear()
    brief = BRIEF.model_copy(update={"call_took_place": True})
    written = anyio.run(CALL.act, brief, tools(crm=crm, calendar=calendar), lambda: moment)
    assert isinstance(written, Written)
    (activity,) = crm.activities.values()
    assert (activity.kind, activity.at, activity.minutes) == ("call", at, minutes)
    assert "Logged since a person said that it took place" in activity.body


def test_a_persons_no_counts_for_more_than_an_accepted_invitation(
    crm: FakeCrm, calendar: FakeCalendar
) -> None:
    brief = BRIEF.model_copy(update={"call_took_place": False})
    answer = anyio.run(CALL.act, brief, tools(crm=crm, calendar=calendar), lambda: HOLD.end)
    assert answer == NotDone(status=ReceiptStatus.SKIPPED, note="a person says that there was no call")
    assert crm.writes == []


@pytest.mark.parametrize("action", [SENT_MAIL, CALL])
def test_without_a_contact_there_is_nothing_to_log_it_on(action: LogSentMail | LogCall) -> None:
    skipped = a_brief(receipts=(a_receipt("crm_contact", ReceiptStatus.SKIPPED),))
    assert action.skip(skipped) == "there is no CRM contact to log it on"
    assert action.skip(BRIEF) is None
    planned = a_receipt("crm_contact").model_copy(update={"external_id": None})
    with pytest.raises(PermanentServiceError, match=f"leads replay {REF}"):
        anyio.run(action.find, a_brief(receipts=(planned,)), tools(crm=FakeCrm()))


@pytest.mark.parametrize("action", [SENT_MAIL, CALL])
def test_two_runs_never_log_for_one_lead_at_the_same_time(action: LogSentMail | LogCall) -> None:
    other = a_brief(ref="L-zzzzzzzzzz", person=Person())
    assert action.lock_keys(BRIEF) == (REF,) != action.lock_keys(other)
