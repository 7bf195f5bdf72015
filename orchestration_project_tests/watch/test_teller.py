"""Telling: once, by each way, whatever fails in between; and what a message says."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from orchestration_project.connectors import alert
from orchestration_project.connectors.alert.chat import ChatSender
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.alerts import Alerts
from orchestration_project.model import Reason, Ref
from orchestration_project.model.alerts import Letter
from orchestration_project.playbook.alerts import AlertRules, QuietHours, Told
from orchestration_project.watch.alerts.teller import NAMED, Round, Teller
from orchestration_project.watch.look import look
from orchestration_project.watch.opening import MARK
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import carry, submit
from orchestration_project_tests.watch.conftest import Watching
from orchestration_project_tests.watch.made import a_trouble, recorders, refuses, told_to


class Dies(BaseException):
    """Nobody catches it."""


def die() -> None:
    raise Dies


class DyingChat(ChatSender):
    async def send(self, letter: Letter) -> None:
        await super().send(letter)
        die()


def tell(watching: Watching, rules: AlertRules) -> Round:
    seen = watching(rules)
    return Teller(seen.ledger, seen.audience, seen.given).tell()


def test_an_outage_is_two_messages_its_beginning_and_its_end(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    with recorders("a") as ways:
        for minute in range(0, 42, 3):
            ledger.alerts.observe("connection", [a_trouble(times=minute, leads=minute // 2, said="503")])
            tell(watching, told_to("a"))
            clock.forward(minutes=3)
        ledger.alerts.observe("connection", [])
        clock.forward(minutes=2)
        tell(watching, told_to("a"))
        begun, over = ways["a"].letters
    assert begun.title == "The crm is away."
    assert over.title == "Over: The crm is away."
    assert over.body == "It lasted 42 min; 19 leads met it; it happened 39 times."


def test_a_message_says_what_since_when_how_many_who_what_it_answered_and_what_to_do(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    refs = tuple(Ref(f"L-AAAAAAAA{number}B") for number in range(3))
    trouble = a_trouble(
        severity="urgent",
        since=clock.now - timedelta(minutes=90),
        refs=refs,
        leads=12,
        service="HubSpot",
        said="401 for maeve@harbour.example",
        mend="Renew HUBSPOT_TOKEN.",
        command="leads doctor",
        link="http://127.0.0.1:3000/runs",
    )
    ledger.alerts.observe("connection", [trouble])
    with recorders("a") as ways:
        tell(watching, told_to("a"))
        (letter,) = ways["a"].letters
    assert letter.title == "URGENT: The crm is away."
    assert letter.body.splitlines() == [
        "Since Tue 24 Nov 08:00, for 90 min.",
        "12 leads: L-AAAAAAAA0B, L-AAAAAAAA1B, L-AAAAAAAA2B and 9 more.",
        "HubSpot says: 401 for [address]",
        "Now: Renew HUBSPOT_TOKEN.",
        "  leads doctor",
    ]
    assert letter.link == "http://127.0.0.1:3000/runs"


def test_what_was_swallowed_is_told_with_the_next_message(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    with recorders("a") as ways:
        ledger.alerts.observe("connection", [a_trouble(times=1, leads=1)])
        tell(watching, told_to("a"))
        clock.forward(minutes=61)
        ledger.alerts.observe("connection", [a_trouble(times=15, leads=10)])
        tell(watching, told_to("a"))
        last = ways["a"].letters[-1]
    assert last.title == "Still: The crm is away."
    assert "Since the last message it happened 14 more times, 9 more leads met it." in last.body


def test_a_sender_that_is_down_is_told_by_another_and_what_it_missed_is_delivered_later(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    rules = told_to("a", "b")
    with recorders("a", "b") as ways:
        ways["a"].fails = refuses()
        ledger.alerts.observe("connection", [a_trouble()])
        assert tell(watching, rules) == Round(delivered=1, failing=("recorder a",))
        tell(watching, rules)
        assert ways["b"].titles == ["The crm is away.", "Alerts by recorder do not arrive."]
        assert "the messenger: is down." in ways["b"].letters[1].body
        ledger.alerts.observe("connection", [])
        clock.forward(minutes=20)
        ways["a"].fails = None
        tell(watching, rules)
        assert ways["a"].titles == ["Was, and is over: The crm is away."]
        clock.forward(minutes=2)
        tell(watching, rules)
        assert ways["b"].titles[2:] == ["Over: The crm is away.", "Over: Alerts by recorder do not arrive."]


def test_the_window_opens_only_when_the_message_was_delivered(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    with recorders("a") as ways:
        ways["a"].fails = refuses()
        ledger.alerts.observe("connection", [a_trouble()])
        assert tell(watching, told_to("a")).all_fail
        clock.forward(minutes=2)
        ways["a"].fails = None
        assert not tell(watching, told_to("a")).all_fail
        assert ways["a"].titles == ["The crm is away."]


def test_a_sender_that_fails_is_asked_less_and_less_often(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    ledger.alerts.observe("connection", [a_trouble()])
    with recorders("a") as ways:
        ways["a"].fails = refuses()
        for _ in range(30):
            tell(watching, told_to("a"))
            clock.forward(minutes=2)
    assert 5 <= ledger.alerts.senders()["recorder a"].failures <= 9


def test_a_crash_after_the_delivery_tells_twice_under_one_key_and_never_not_at_all(
    ledger: Ledger, watching: Watching
) -> None:
    ledger.alerts.observe("connection", [a_trouble()])
    with recorders("a") as ways:
        ways["a"].after = die
        with pytest.raises(BaseExceptionGroup):
            tell(watching, told_to("a"))
        ways["a"].after = lambda: None
        tell(watching, told_to("a"))
        tell(watching, told_to("a"))
        first, second = ways["a"].letters
    assert first.key == second.key


def test_chat_looks_for_its_key_first_so_that_there_is_one_message(
    ledger: Ledger, watching: Watching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.alerts.observe("connection", [a_trouble()])
    rules = AlertRules(digest=None)
    with monkeypatch.context() as patch:
        patch.setitem(alert.SENDERS, "chat", f"{__name__}:DyingChat")
        with pytest.raises(BaseExceptionGroup):
            tell(watching, rules)
    tell(watching, rules)
    (line,) = (tmp_path / "chat.log").read_text(encoding="utf-8").splitlines()
    assert "[alert-" in line and "The crm is away. Since" in line


def test_a_flood_of_causes_is_some_messages_and_one_of_the_rest(ledger: Ledger, watching: Watching) -> None:
    ledger.alerts.observe("silent", [a_trouble("silent", f"source {number}") for number in range(30)])
    with recorders("a") as ways:
        tell(watching, told_to("a"))
        tell(watching, told_to("a"))
        assert len(ways["a"].letters) == 6
        assert ways["a"].titles[5] == "25 more things have news"
        assert "and 5 more." in ways["a"].letters[5].body


def test_quiet_hours_hold_all_but_what_is_urgent(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    quiet = QuietHours(start=time(20), end=time(7), but="urgent")
    rules = told_to("a", quiet_hours=quiet)
    clock.now = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    with recorders("a") as ways:
        ledger.alerts.observe("connection", [a_trouble(), a_trouble(subject="mail", severity="urgent")])
        tell(watching, rules)
        assert ways["a"].titles == ["URGENT: The mail is away."]
        clock.forward(hours=9)
        tell(watching, rules)
        assert ways["a"].titles == ["URGENT: The mail is away.", "The crm is away."]


def test_two_tellers_at_once_tell_once(ledger: Ledger, watching: Watching) -> None:
    ledger.alerts.observe("connection", [a_trouble()])
    with recorders("a") as ways:
        with ledger.alerts.only_teller():
            assert tell(watching, told_to("a")) == Round()
        tell(watching, told_to("a"))
        assert len(ways["a"].letters) == 1


def test_the_daily_inventory_comes_once_a_day_with_what_is_broken_now_and_the_lines_of_others(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    rules = told_to("a", digest=time(8))
    rules = rules.model_copy(update={"tell": (Told(through="recorder", to=("a",), least="urgent"),)})
    clock.now = datetime(2026, 11, 24, 7, 59, tzinfo=UTC)
    ledger.alerts.observe("connection", [a_trouble(leads=2)])
    ledger.marks.set("prove", "All 12 leads add up.")
    ledger.marks.set(MARK)
    with recorders("a") as ways:
        for _ in range(3000):
            seen = watching(rules)
            Teller(seen.ledger, seen.audience, seen.given).tell_digest()
            if clock.now.day == 25 and clock.now.hour > 8:
                break
            clock.forward(minutes=30)
        today, tomorrow = ways["a"].letters
    assert today.title == "Tue 24 Nov: 1 thing is broken"
    assert "- The crm is away. Since Tue 24 Nov 07:59, for 30 min. 2 leads." in today.body
    assert "All 12 leads add up." in today.body
    assert tomorrow.key != today.key


def test_a_new_installation_is_not_told_of_the_day_it_was_not_there(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    with recorders("a") as ways:
        look(watching(told_to("a", digest=time(8))))
        clock.forward(hours=2)
        look(watching(told_to("a", digest=time(8))))
        assert ways["a"].titles == [], "it began at half past nine"
        clock.forward(days=1)
        look(watching(told_to("a", digest=time(8))))
        assert [title for title in ways["a"].titles if "Wed 25 Nov" in title]


def test_a_quiet_day_is_told_too(ledger: Ledger, watching: Watching) -> None:
    ledger.marks.set(MARK)
    with recorders("a") as ways:
        seen = watching(told_to("a", digest=time(8)))
        assert Teller(seen.ledger, seen.audience, seen.given).tell_digest()
        assert ways["a"].titles == ["Tue 24 Nov: all is well"]
        assert ways["a"].letters[0].body == "Leads: none yet."


def test_the_inventory_names_what_was_set_aside_since_yesterday(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    ledger.marks.set(MARK)
    old, *spam = carry(ledger, *submit(ledger, 8))
    ledger.outcomes.quarantine(old, Reason.SPAM, "of the day before yesterday", None, "run")
    clock.forward(days=2)
    for lead in spam:
        ledger.outcomes.quarantine(lead, Reason.SPAM, "Likely unwanted.", None, "run")
    with recorders("a") as ways:
        seen = watching(told_to("a", digest=time(8)))
        assert Teller(seen.ledger, seen.audience, seen.given).tell_digest()
        (body,) = (letter.body for letter in ways["a"].letters)
    newest = ", ".join(lead.ref for lead in reversed(spam[-NAMED:]))
    assert f"Set aside since yesterday: 7 as spam ({newest} and 2 more)." in body
    assert "leads replay REF --genuine" in body


def test_a_sender_without_its_setting_says_which_and_the_others_tell(
    ledger: Ledger, watching: Watching
) -> None:
    rules = told_to("a")
    rules = rules.model_copy(update={"tell": (*rules.tell, Told(through="email", to=("h@l.example",)))})
    with recorders("a") as ways:
        ledger.alerts.observe("connection", [a_trouble()])
        tell(watching, rules)
        tell(watching, rules)
        assert "SMTP_SERVER is not set" in ways["a"].letters[1].body


def test_a_sender_that_fails_in_a_way_that_nobody_foresaw_keeps_no_other_from_telling(
    ledger: Ledger, watching: Watching
) -> None:
    rules = told_to("a", "b")
    with recorders("a", "b") as ways:
        ways["a"].after = lambda: 1 // 0
        ledger.alerts.observe("connection", [a_trouble()])
        assert tell(watching, rules) == Round(delivered=1, failing=("recorder a",))
        tell(watching, rules)
        assert "an unexpected ZeroDivisionError." in ways["b"].letters[1].body


def test_a_sender_that_hangs_keeps_no_other_from_telling(
    ledger: Ledger, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration_project.watch.alerts.teller.SEND_SECONDS", 0.05)
    with recorders("a", "b") as ways:
        ways["a"].hangs = True
        ledger.alerts.observe("connection", [a_trouble()])
        assert tell(watching, told_to("a", "b")) == Round(delivered=1, failing=("recorder a",))
        assert "took no message within 0.05 seconds" in ledger.alerts.senders()["recorder a"].said


def test_a_ledger_that_goes_away_while_something_is_told_is_told_as_that_and_all_is_told_again(
    ledger: Ledger, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("", {}, Exception())

    ledger.alerts.observe("connection", [a_trouble()])
    with recorders("a") as ways:
        with monkeypatch.context() as patch:
            patch.setattr(Alerts, "delivered", away)
            with pytest.raises(OperationalError):
                tell(watching, told_to("a"))
        assert tell(watching, told_to("a")) == Round(delivered=1)
        first, second = ways["a"].letters
        assert first.key == second.key
