"""How history follows the ledger by itself: a sensor that tells which days have changed, and the condition
under which assets are made anew.

A day is made anew at most once an hour, however late something of it changes; nights without leads cost
nothing. The runs come after the live ones.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import AwareDatetime, Field

from orchestration_project.history.days import day_of, days_between, keep_beginning
from orchestration_project.history.names import CONNECTIONS, LEDGER, RUN_TAGS
from orchestration_project.history.resources import History
from orchestration_project.history.sources_told import news
from orchestration_project.ledger.history import Reached
from orchestration_project.model import Frozen
from orchestration_project.model.alerts import Trouble

LOOK_SECONDS = 3600
STALE = "history follows"
LATE = timedelta(hours=3)
LAST_MADE = dg.AssetKey("source_quality")
"""Of what follows by itself the last in line."""
DAYS_AT_ONCE = 100
TELL_SECONDS = 60
DECIDE_SECONDS = 300
"""How often Dagster looks whether something has to be made anew: at all conditions of all assets."""


class Looked(Frozen):
    """The sensor's cursor."""

    begins: date  # the first partition there was
    day: date  # the newest day that was told, or is in `rest`
    reached: Reached = Reached()
    at: AwareDatetime | None = None  # when the ledger was asked last
    rest: tuple[date, ...] = ()  # still to be told, oldest first
    sources: dict[str, str] = Field(default_factory=dict[str, str])  # what was told of what is not made here
    behind: AwareDatetime | None = None  # since when what was told has not been made


def follows() -> dg.AutomationCondition[Any]:
    """A day of it is made anew when one of those it comes from was, be it today or long ago."""
    return (
        dg.AutomationCondition.any_deps_updated()
        # that a connection is away is no reason to make every day anew
        .ignore(dg.AssetSelection.groups(CONNECTIONS, include_sources=True))
        .since_last_handled()
        & ~dg.AutomationCondition.in_progress()
    ).with_label("a day that it comes from has changed")


def changed_days(history: History, begins: date, before: Looked | None) -> tuple[list[date], Looked]:
    """The days to make anew, oldest first, and where the next look goes on. Where nobody has looked yet, or
    partitions go further back than they did, all of the days that nobody has told."""
    now = history.clock()
    today = day_of(now, history.reader.zone)
    changed, reached = history.reader.changed_since(before.reached if before else Reached(), now)
    days = set(changed)
    if before is None:
        days.update(days_between(begins, today))
    else:
        # a day that has ended is made once more as a whole, though nothing came since
        days.update(days_between(before.day, today) if before.day < today else ())
        days.update(days_between(begins, before.begins - timedelta(days=1)))
    told = sorted(day for day in days if begins <= day <= today)
    return told, Looked(begins=begins, day=today, reached=reached)


def next_days(history: History, begins: date, before: Looked | None) -> tuple[list[date], Looked]:
    """What to tell now: the newest DAYS_AT_ONCE of what was found, and the others tick by tick, since a run
    of many years would be ended before it has begun. The ledger is asked once in LOOK_SECONDS."""
    now = history.clock()
    if before is not None and before.rest:
        found, looked = list(before.rest), before
    elif before is not None and before.at is not None and not _is_due(before, before.at, begins, now):
        return [], before
    else:
        found, looked = changed_days(history, begins, before)
        looked = looked.model_copy(update={"at": now, "sources": before.sources if before else {}})
    rest = tuple(found[:-DAYS_AT_ONCE])
    return found[-DAYS_AT_ONCE:], looked.model_copy(update={"rest": rest})


def _is_due(before: Looked, at: datetime, begins: date, now: datetime) -> bool:
    return before.begins != begins or now - at >= timedelta(seconds=LOOK_SECONDS)


def ledger_sensor(days: dg.DailyPartitionsDefinition) -> dg.SensorDefinition:
    begins = days.start.date()

    @dg.sensor(
        name="ledger_changes",
        minimum_interval_seconds=TELL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells, once an hour, of which days something has changed in the ledger; the assets of "
        "these days are then made anew by history_follows.",
    )
    def ledger_changes(
        context: dg.SensorEvaluationContext, history: dg.ResourceParam[History]
    ) -> dg.SensorResult:
        before = Looked.model_validate_json(context.cursor) if context.cursor else None
        told, looked = next_days(history, begins, before)
        _tell_of_older(context, history, begins)
        events = [dg.AssetMaterialization(asset_key=LEDGER, partition=day.isoformat()) for day in told]
        if before is None or looked.at != before.at:
            new, sources = news(history, before.sources if before else {})
            events += new
            now = history.clock()
            behind = _behind(context.instance, now, before.behind if before else None)
            history.ledger.alerts.observe(STALE, _stale(behind, now))
            looked = looked.model_copy(update={"sources": sources, "behind": behind})
        return dg.SensorResult(
            asset_events=events,
            cursor=looked.model_dump_json(),
            skip_reason=None if events else "Nothing has changed.",
        )

    return ledger_changes


def _behind(instance: dg.DagsterInstance, now: datetime, since: datetime | None) -> datetime | None:
    """Since when what was told is not made. None: it is. A check could not find out: it runs with what is not
    made then."""
    told, made = (instance.get_latest_materialization_event(key) for key in (LEDGER, LAST_MADE))
    if told is None or (made is not None and made.timestamp >= told.timestamp):
        return None
    return since or now


def _stale(behind: datetime | None, now: datetime) -> tuple[Trouble, ...]:
    if behind is None or now - behind < LATE:
        return ()
    return (
        Trouble(
            cause=STALE,
            severity="note",
            since=behind,
            what=f"History has not followed the ledger for {(now - behind) // timedelta(hours=1)} hours.",
            mend="See in the Dagster UI why the runs of `history_follows` fail or do not begin.",
        ),
    )


def _tell_of_older(context: dg.SensorEvaluationContext, history: History, begins: date) -> None:
    oldest = history.reader.first_day()
    if oldest is not None and oldest < begins and keep_beginning(Path(history.home), oldest):
        context.log.warning(
            "There are leads of %s, and history begins on %s. Reload the code location, and it begins there.",
            oldest,
            begins,
        )


def automation_sensor() -> dg.AutomationConditionSensorDefinition:
    return dg.AutomationConditionSensorDefinition(
        name="history_follows",
        target=dg.AssetSelection.groups("history", "reports", "evaluation"),
        run_tags=RUN_TAGS,
        minimum_interval_seconds=DECIDE_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Makes anew what has changed.",
    )
