"""All causes that the watch looks for. To add one: a function that says what is broken now, and a line here.

What others notice by themselves (a failed backup, a check that fails, a proof that does not add up) comes to
`ledger.alerts.observe` without a line here.
"""

from datetime import timedelta

from orchestration_project.model.alerts import ASKED
from orchestration_project.watch.causes import answers, connections, dagster_side, leads, machine, sources
from orchestration_project.watch.causes.base import Cause

_A_MINUTE, _TEN, _AN_HOUR = timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1)

CAUSES: tuple[Cause, ...] = (
    Cause("needs_person", "leads that need a person, by reason", leads.needs_person),
    Cause("connection", "a connection that is away, limited for long or refused", connections.away),
    Cause(answers.CAUSE, "answers of the AI or about companies of no use", answers.unusable, rules=True),
    Cause("tick", "a sensor or schedule whose ticks fail", dagster_side.ticks),
    Cause("run", "runs that fail where no lead tells of it", dagster_side.runs, every=_A_MINUTE),
    Cause("daemon", "a part of Dagster's daemon that has stopped", dagster_side.daemons, every=_A_MINUTE),
    Cause("late", "leads without a draft after the promised time", leads.late, rules=True),
    Cause("backlog", "a growing backlog", leads.backlog),
    Cause("to_check", "doubtful leads that nobody looks at", leads.to_check, every=_TEN),
    Cause("held_genuine", "something in quarantine that looks genuine", leads.held_genuine, _TEN, rules=True),
    Cause("silent", "a source that is silent against its own rhythm", sources.silent, _TEN, rules=True),
    Cause("ai_budget", "the day's money for the AI", machine.ai_budget, _A_MINUTE, rules=True),
    Cause("disk", "a disk that is nearly full", machine.disk, every=_A_MINUTE),
    Cause("ends", "what is known to end", connections.ends, every=_AN_HOUR),
    Cause("scopes", "what credentials may do", connections.rights, timedelta(days=1), rules=True, asks=True),
    Cause(ASKED, "what services say", connections.asked, 6 * _AN_HOUR, rules=True, asks=True),
)  # fmt: skip
