"""What is broken, from its beginning to its end, however often it is looked at and by whomever."""

from typing import Any

import pytest

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.alerts import Telling
from orchestration_project.model.alerts import Trouble
from orchestration_project_tests.hand_clock import HandClock


def away(subject: str = "crm", **more: Any) -> Trouble:
    trouble = Trouble(cause="connection", subject=subject, severity="warning", what=f"{subject} is away.")
    return Trouble.model_validate(trouble.model_dump() | more)


def test_what_is_found_again_is_the_same_alert_with_the_words_of_now(
    ledger: Ledger, clock: HandClock
) -> None:
    ledger.alerts.observe("connection", [away(leads=3, times=1)])
    clock.forward(minutes=1)
    ledger.alerts.observe("connection", [away(leads=2, times=5, severity="urgent", what="It refuses.")])
    (alert,) = ledger.alerts.open()
    assert (alert.leads, alert.times, alert.openings, alert.severity) == (3, 5, 1, "urgent")
    assert alert.trouble.what == "It refuses."
    assert (alert.seen_at - alert.opened_at).total_seconds() == 60


def test_what_is_not_found_any_more_has_ended_and_other_causes_have_not(
    ledger: Ledger, clock: HandClock
) -> None:
    ledger.alerts.observe("connection", [away(), away("mail")])
    ledger.alerts.observe("disk", [Trouble(cause="disk", severity="urgent", what="Full.")])
    clock.forward(minutes=1)
    ledger.alerts.observe("connection", [away("mail")])
    assert [alert.trouble.subject for alert in ledger.alerts.open()] == ["mail", ""]
    crm, *_ = ledger.alerts.recent(since=clock.now)
    assert crm.ended_at == clock.now


def test_what_comes_back_at_once_came_and_went_and_later_it_is_another(
    ledger: Ledger, clock: HandClock
) -> None:
    for _ in range(3):
        ledger.alerts.observe("connection", [away()])
        clock.forward(minutes=5)
        ledger.alerts.observe("connection", [])
        clock.forward(minutes=5)
    (alert,) = ledger.alerts.recent(since=clock.now.replace(hour=0))
    assert alert.openings == 3
    clock.forward(hours=1)
    ledger.alerts.observe("connection", [away()])
    (again,) = ledger.alerts.open()
    assert (again.openings, again.opened_at) == (1, clock.now)


def test_a_sender_that_fails_is_known_until_it_delivers(ledger: Ledger, clock: HandClock) -> None:
    ledger.alerts.observe("connection", [away()])
    (alert,) = ledger.alerts.open()
    began = clock.now
    for _ in range(2):
        ledger.alerts.failed("email", "refused", clock.now)
        clock.forward(minutes=1)
    state = ledger.alerts.senders()["email"]
    assert (state.failures, state.failing_since, state.said) == (2, began, "refused")
    telling = Telling(alert_id=alert.id, sender="email", told_at=clock.now, tellings=1, severity="warning")
    ledger.alerts.delivered("email", [telling])
    assert ledger.alerts.senders()["email"].failures == 0
    assert ledger.alerts.tellings([alert]) == {(alert.id, "email"): telling}


def test_only_one_may_tell_at_a_time(ledger: Ledger) -> None:
    with ledger.alerts.only_teller() as mine, ledger.alerts.only_teller() as another:
        assert (mine, another) == (True, False)
    with ledger.alerts.only_teller() as mine:
        assert mine


def test_a_trouble_of_another_cause_is_a_mistake_of_ours(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="another cause than disk"):
        ledger.alerts.observe("disk", [away()])


def test_an_address_that_a_service_quotes_is_not_told() -> None:
    assert away(said="550 <maeve@harbour.example> is unknown").said == "550 <[address]> is unknown"
    assert len(away(said="word " * 1000).said) == 600


def test_a_mark_tells_when_something_was_done_last(ledger: Ledger, clock: HandClock) -> None:
    ledger.marks.set("prove", "All 12 leads add up.")
    clock.forward(days=1)
    ledger.marks.set("prove", "One does not.")
    assert (ledger.marks.read()["prove"].at, ledger.marks.read()["prove"].words) == (
        clock.now,
        "One does not.",
    )
