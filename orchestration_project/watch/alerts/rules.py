"""What is to be told now, and to whom it is not told again: pure rules over what was told before.

The words are `words.py`; delivering is `teller.py`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from orchestration_project.clock import has_passed
from orchestration_project.ledger.alerts import Alert, SenderState, Telling
from orchestration_project.model.alerts import weight
from orchestration_project.playbook.alerts import AlertRules, Told

SETTLED = timedelta(minutes=1)
"""So long something has to be well before its end is told."""
FIRST_TRY_AGAIN = timedelta(seconds=30)
LONGEST_TRY_AGAIN = timedelta(minutes=15)

News = Literal["first", "worse", "again", "over", "past"]
"""`past`: it began and ended while the sender could not deliver."""


@dataclass(frozen=True)
class Due:
    """One alert that one sender has to tell of."""

    alert: Alert
    news: News
    before: Telling | None  # what that sender has told of it

    @property
    def key(self) -> str:
        """The same as long as nothing of it was delivered: a try whose end nobody knows is looked for."""
        return f"alert-{self.alert.id}.{self.before.tellings if self.before else 0}-{self.news}"


def due(
    alert: Alert,
    before: Telling | None,
    sender: SenderState | None,
    told: Told,
    rules: AlertRules,
    now: datetime,
    local: datetime,
) -> Due | None:
    """None: nothing is to be told of that alert to that sender now. `local` is now by the owner's clocks."""
    news = _news(alert, before, sender, told, rules, now)
    if news is None or rules.holds(alert.severity, local):
        return None
    return Due(alert, news, before)


def _news(
    alert: Alert,
    before: Telling | None,
    sender: SenderState | None,
    told: Told,
    rules: AlertRules,
    now: datetime,
) -> News | None:
    if before is None or before.told_at is None:
        if weight(alert.severity) < weight(told.least):
            return None
        if alert.ended_at is None:
            return "first"
        failing = sender.failing_since if sender else None
        return "past" if failing is not None and failing <= alert.ended_at else None
    if alert.ended_at is not None:
        return "over" if before.cleared_at is None and has_passed(SETTLED, alert.ended_at, now) else None
    if before.severity is not None and weight(alert.severity) > weight(before.severity):
        return "worse"
    grown = (
        alert.times > before.times
        or alert.leads > before.leads
        or alert.openings > before.openings
        or before.cleared_at is not None
    )
    return "again" if grown and has_passed(rules.window(before.tellings), before.told_at, now) else None


def told_now(one: Due, sender: str, now: datetime) -> Telling:
    """What is to be kept once it is delivered."""
    alert, before = one.alert, one.before
    if one.news == "over" and before is not None:
        return before.model_copy(update={"cleared_at": now, "openings": alert.openings})
    return Telling(
        alert_id=alert.id,
        sender=sender,
        told_at=now,
        tellings=(before.tellings if before else 0) + 1,
        severity=alert.severity,
        leads=alert.leads,
        times=alert.times,
        openings=alert.openings,
        cleared_at=now if one.news == "past" else None,
    )


def try_again_at(failures: int, now: datetime) -> datetime:
    """After so many failures of a sender in a row."""
    return now + min(LONGEST_TRY_AGAIN, FIRST_TRY_AGAIN * 2 ** min(failures, 10))
