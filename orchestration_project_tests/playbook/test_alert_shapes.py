"""`alerts:` of playbook.yaml, as the owner writes it, and what is wrong with it in words."""

from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from orchestration_project.offer import capabilities
from orchestration_project.playbook.alerts import AlertRules, QuietHours, Told
from orchestration_project.playbook.load import check_playbook, load_playbook

Alerts = Callable[[str], Path]
EXAMPLE = """alerts:
  tell:
    - {through: chat, from: note}
    - {through: email, to: [h@larkfield.example, b@larkfield.example], from: urgent}
    - {through: apprise, to: phone}
  again_after_minutes: 30
  quiet_hours: {from: "20:00", to: "07:00", except: urgent}
  digest: never
  promised_minutes: 15
  silent_after_hours: {inbox: never, crm: 24}
  ends: {MICROSOFT_CLIENT_SECRET: 2027-05-01}
"""


@pytest.fixture
def alerts(folder: Path) -> Alerts:
    def write(text: str) -> Path:
        path = folder / "playbook.yaml"
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8")
        return folder

    return write


def test_all_that_can_be_said(alerts: Alerts) -> None:
    assert load_playbook(alerts(EXAMPLE), capabilities()).alerts == AlertRules(
        tell=(
            Told(through="chat", least="note"),
            Told(through="email", to=("h@larkfield.example", "b@larkfield.example"), least="urgent"),
            Told(through="apprise", to=("phone",)),
        ),
        again_after=timedelta(minutes=30),
        quiet_hours=QuietHours(start=time(20), end=time(7), but="urgent"),
        digest=None,
        promised=timedelta(minutes=15),
        silent_after={"inbox": None, "crm": timedelta(hours=24)},
        ends={"MICROSOFT_CLIENT_SECRET": date(2027, 5, 1)},
    )


def test_without_a_line_chat_is_told(folder: Path) -> None:
    assert load_playbook(folder, capabilities()).alerts == AlertRules()


def test_the_example_in_the_playbook_is_right(folder: Path) -> None:
    path = folder / "playbook.yaml"
    head, mark, example = path.read_text(encoding="utf-8").partition("# alerts:\n")
    lines = [line.removeprefix("# ") for line in (mark + example).splitlines()]
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    assert check_playbook(folder, capabilities()) == ()
    assert len(load_playbook(folder, capabilities()).alerts.tell) == 2


@pytest.mark.parametrize(
    ("text", "says", "mend"),
    [
        ("{tell: [{through: pigeon}]}", "There is no way to tell called `pigeon`", "apprise, chat, email"),
        (
            "{tell: [{through: chat, from: loud}]}",
            "There is no severity called `loud`",
            "note, urgent, warning",
        ),
        ("{tell: []}", "`tell` is empty", "Add a line"),
        ("{tell: [{through: email}]}", "`email` tells nobody", "Add `to: you@firm.example`"),
        ("{tell: [{through: email, to: hannah}]}", "`hannah` is not an e-mail address", ""),
        ("{tell: [{through: apprise, to: 'tgram://secret/1'}]}", "is told the name", "LEADS_APPRISE_PHONE"),
        ("{tell: [{through: chat}, {through: chat}]}", "Two lines tell the same people", ""),
        ("{quiet_hours: {from: '8 pm', to: '07:00'}}", "`8 pm` is not a time of day", ""),
        ("{digest: noon}", "`noon` is not a time of day", ""),
        ("{promised_minutes: 0}", "is too low", ""),
        ("{silent_after_hours: {typefrom: 3}}", "There is no source called `typefrom`", ""),
        ("{silent_after_hours: {inbox: soon}}", "`soon` is no number of hours", "`never`"),
        ("{ends: {token: soon}}", "`soon` is not a date", ""),
        ("{again: 3}", "There is no key `alerts.again`", "again_after_minutes"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_mend(
    alerts: Alerts, text: str, says: str, mend: str
) -> None:
    folder = alerts(f"alerts: {text}")
    (mistake,) = check_playbook(folder, capabilities())
    assert says in mistake.what and mend in mistake.mend
    assert mistake.line == len((folder / "playbook.yaml").read_text(encoding="utf-8").splitlines())
    assert "secret" not in str(mistake)
