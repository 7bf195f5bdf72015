"""The machine that all of it runs on, and the money for the AI."""

import shutil
from collections.abc import Iterator
from decimal import Decimal

from orchestration_project.decision.purse import daily_purse
from orchestration_project.model.alerts import Trouble
from orchestration_project.model.decision import dollars
from orchestration_project.watch.causes.base import Seen

_GIB = 1024**3
NEARLY, FULL = 2 * _GIB, _GIB // 2
"""Free bytes; with PostgreSQL on it a full disk stops everything."""
MOSTLY = Decimal("0.8")
"""Of the day's money."""


def disk(seen: Seen) -> Iterator[Trouble]:
    free = shutil.disk_usage(seen.home).free
    if free < NEARLY:
        yield disk_trouble(free)


def disk_trouble(free: int) -> Trouble:
    return Trouble(
        cause="disk",
        severity="urgent" if free < FULL else "warning",
        what=f"The disk of LEADS_HOME is nearly full: {free / _GIB:.1f} GiB are left.",
        mend="Make room: when it is full, nothing can be kept any more.",
        command="leads doctor",
    )


def ai_budget(seen: Seen) -> Iterator[Trouble]:
    if seen.playbook is None:
        return
    purse = daily_purse(seen.playbook, seen.ledger.spend)
    if purse.limit is None:
        return
    spent = purse.spent_today()
    if spent < purse.limit * MOSTLY:
        return
    over = spent >= purse.limit
    yield Trouble(
        cause="ai_budget",
        severity="warning" if over else "note",
        what=f"Today's money for the AI is {'spent' if over else 'nearly spent'}: "
        f"{dollars(spent)} of {dollars(purse.limit)}.",
        mend=f"{'Until midnight' if over else 'Above it'} the scorecard scores; the command finds them. "
        "Raise `daily_limit_usd` in playbook.yaml for more.",
        command="leads list --score-status over_budget",
    )
