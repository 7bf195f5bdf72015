"""How far a lead is, told from the receipts of its track."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestration_project.action.through import HowFar, how_far
from orchestration_project.model import Receipt, ReceiptStatus
from orchestration_project_tests.action.briefs import REF
from orchestration_project_tests.action.knock import Knock

DONE, PLANNED, SKIPPED = ReceiptStatus.DONE, ReceiptStatus.PLANNED, ReceiptStatus.SKIPPED
WAITING, BEGUN, FAILED = ReceiptStatus.WAITING, ReceiptStatus.BEGUN, ReceiptStatus.FAILED
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)

CONTACT = Knock(name="contact", kind="crm")
TASK = Knock(name="task", kind="crm", requires=("contact",))
NOTE = Knock(name="note", kind="crm", requires=("task",))
DRAFT = Knock(name="draft", kind="mail")
TRACK = (CONTACT, TASK, NOTE, DRAFT)


def receipt(action: str, status: ReceiptStatus, **more: Any) -> Receipt:
    return Receipt(ref=REF, action=action, status=status, **more)


def far(
    *receipts: Receipt,
    away: tuple[str, ...] = (),
    actions: tuple[Knock, ...] = TRACK,
    stand_ins: dict[str, str] | None = None,
) -> HowFar:
    return how_far(actions, {each.action: each for each in receipts}, away, stand_ins)


def all_but(*receipts: Receipt) -> list[Receipt]:
    """The others of the track are done."""
    named = {each.action for each in receipts}
    return [*receipts, *(receipt(each.name, DONE) for each in TRACK if each.name not in named)]


@pytest.mark.parametrize(
    "statuses",
    [
        (DONE, DONE, DONE, DONE),
        (DONE, DONE, SKIPPED, PLANNED),
        (SKIPPED, SKIPPED, SKIPPED, SKIPPED),
        (DONE, PLANNED, PLANNED, PLANNED),
    ],
)
def test_a_lead_is_done_when_nothing_is_open(statuses: tuple[ReceiptStatus, ...]) -> None:
    receipts = [receipt(each.name, status) for each, status in zip(TRACK, statuses, strict=True)]
    assert far(*receipts) == HowFar(state="done")


@pytest.mark.parametrize(
    "statuses", [(PLANNED, PLANNED, PLANNED, PLANNED), (PLANNED, PLANNED, SKIPPED, PLANNED)]
)
def test_a_lead_of_which_nothing_was_written_is_planned(statuses: tuple[ReceiptStatus, ...]) -> None:
    receipts = [receipt(each.name, status) for each, status in zip(TRACK, statuses, strict=True)]
    assert far(*receipts) == HowFar(state="planned")


def test_a_track_without_actions_is_done() -> None:
    assert far(actions=()) == HowFar(state="done")


@pytest.mark.parametrize("status", [WAITING, BEGUN])
def test_what_has_a_time_of_its_own_waits_for_that(status: ReceiptStatus) -> None:
    found = far(*all_but(receipt("draft", status, note="busy", error="Gmail: answered 503.", try_at=LATER)))
    assert found == HowFar(state="waiting", says="draft: Gmail: answered 503.", try_at=LATER)


def test_of_several_the_first_moment_counts() -> None:
    receipts = [
        receipt("draft", WAITING, note="busy", try_at=LATER),
        receipt("note", BEGUN, note="unknown", try_at=NOON),
    ]
    found = far(*all_but(*receipts))
    assert (found.state, found.try_at, found.waiting_for) == ("waiting", NOON, None)
    assert found.says == "note: unknown draft: busy"


def test_what_waits_for_a_connection_that_is_away_has_no_time_of_its_own() -> None:
    receipts = all_but(receipt("draft", WAITING, note="mail: is away.", try_at=LATER))
    found = far(*receipts, away=("mail",))
    assert (found.state, found.waiting_for, found.try_at) == ("waiting", "mail", None)
    back = far(*receipts)
    assert (back.waiting_for, back.try_at) == (None, LATER)


def test_what_can_be_done_beside_an_absent_connection_is_not_held_up() -> None:
    receipts = [receipt("contact", WAITING, note="crm: is away."), receipt("draft", WAITING, try_at=LATER)]
    found = far(*receipts, receipt("task", WAITING), receipt("note", WAITING), away=("crm",))
    assert (found.state, found.waiting_for, found.try_at) == ("waiting", "crm", LATER)


def test_what_only_waits_for_another_action_goes_with_that_one() -> None:
    receipts = [
        receipt("contact", WAITING, error="HubSpot: answered 503.", try_at=LATER),
        receipt("task", WAITING, note="waits for contact", try_at=NOON),
        receipt("note", WAITING, note="waits for task", try_at=NOON),
    ]
    found = far(*all_but(*receipts))
    assert found == HowFar(state="waiting", says="contact: HubSpot: answered 503.", try_at=LATER)


def test_what_has_no_receipt_yet_is_still_to_be_done() -> None:
    """A track that has got one more action meanwhile, or a step that the run did not come to."""
    found = far(receipt("contact", DONE))
    assert (found.state, found.try_at, found.waiting_for) == ("waiting", None, None)
    assert found.says == "Some of it has not been done yet."


def test_what_failed_needs_a_person_with_what_the_service_said() -> None:
    receipts = [
        receipt("note", FAILED, error="HubSpot: answered 400."),
        receipt("draft", FAILED, note="no template"),
    ]
    found = far(*all_but(*receipts))
    assert found == HowFar(state="needs_person", says="note: HubSpot: answered 400. draft: no template")


def test_what_is_blocked_by_a_failure_does_not_keep_the_lead_waiting() -> None:
    receipts = [
        receipt("contact", FAILED, error="refused"),
        receipt("task", WAITING, note="waits for contact"),
        receipt("note", WAITING, note="waits for task"),
    ]
    assert far(*all_but(*receipts)) == HowFar(state="needs_person", says="contact: refused")
    assert far(*receipts[:1], receipt("draft", DONE)).state == "needs_person", "nor without any receipt"


def test_what_can_still_be_done_is_done_before_a_person_is_asked() -> None:
    receipts = [
        receipt("contact", FAILED, error="refused"),
        receipt("task", WAITING),
        receipt("note", WAITING),
        receipt("draft", WAITING, note="busy", try_at=LATER),
    ]
    found = far(*receipts)
    assert found == HowFar(state="waiting", says="draft: busy", try_at=LATER)


def test_what_the_rules_do_not_cover_waits_for_them_while_they_are_as_they_were() -> None:
    """The service that would have been used is well, and there is no moment to wait for."""
    draft = receipt("draft", WAITING, error="drafts/priority.md: no subject.", waiting_for="playbook")
    waits = far(*all_but(draft), away=("playbook",))
    assert (waits.state, waits.waiting_for, waits.try_at) == ("waiting", "playbook", None)
    edited = far(*all_but(draft))
    assert (edited.state, edited.waiting_for, edited.try_at) == ("waiting", None, None)


LIST = Knock(name="list", kind="sequence")
NURTURE = (DRAFT, LIST)
INSTEAD = {"draft": "list"}


def test_what_stands_in_for_another_action_waits_with_that_one() -> None:
    receipts = [
        receipt("list", WAITING, error="Mailchimp: answered 503.", try_at=LATER),
        receipt("draft", WAITING, note="waits for list"),
    ]
    found = far(*receipts, actions=NURTURE, stand_ins=INSTEAD)
    assert found == HowFar(state="waiting", says="list: Mailchimp: answered 503.", try_at=LATER)


def test_a_stand_in_does_not_keep_a_lead_waiting_whose_other_action_needs_a_person() -> None:
    receipts = [receipt("list", FAILED, error="refused"), receipt("draft", WAITING, note="waits for list")]
    found = far(*receipts, actions=NURTURE, stand_ins=INSTEAD)
    assert found == HowFar(state="needs_person", says="list: refused")


def test_where_the_other_one_was_skipped_the_stand_in_counts_for_itself() -> None:
    receipts = [receipt("list", SKIPPED), receipt("draft", WAITING, note="busy", try_at=LATER)]
    found = far(*receipts, actions=NURTURE, stand_ins=INSTEAD)
    assert found == HowFar(state="waiting", says="draft: busy", try_at=LATER)
