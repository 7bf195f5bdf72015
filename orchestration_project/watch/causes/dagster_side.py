"""What only Dagster knows: ticks that fail, runs that died outside of our steps, its daemons.

Its records are asked by its instance; a dead daemon cannot ask, which is `watch/alerts/silence.py`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from orchestration_project.clock import has_passed
from orchestration_project.model.alerts import Trouble
from orchestration_project.watch.causes.base import Seen

DISPATCHER = "dispatcher"
"""While it fails no lead goes on."""
LIVE_JOB = "lead_intake"
OURS = "TickFailed"
"""Of our own sensors: its words may be told. Any other exception's may hold anything."""
UNREACHABLE = "DagsterUserCodeUnreachableError"
TIMED_OUT = "timed out due to taking longer"
"""How Dagster tells that the code server did not end one of them in time; it has no kind of its own."""
SLOW = 3
"""So many of a sensor in a row, while others end: it is that sensor."""
INTERRUPTED = frozenset(
    {
        "DagsterExecutionInterruptedError",
        UNREACHABLE,  # that one has a watcher of its own
        "KeyboardInterrupt",
        "SystemExit",
    }
)
"""A worker that was taken away has not failed."""
RETRY_TAG = "dagster/retry_number"
NEWEST_TICKS, MOST_TICKS = 8, 1000
STILL_FAILS = timedelta(minutes=2)
RUNS_OF = timedelta(hours=24)
MOST_RUNS = 50
MANY_DEATHS = 3
DEAD_AFTER = timedelta(minutes=5)
"""A part says every half minute that it lives, but not within one long look. Dagster itself calls it well for
half an hour."""


def ticks(seen: Seen) -> Iterator[Trouble]:
    """Sensors and schedules whose ticks fail: the last one did, or one of the last minutes."""
    if seen.instance is None:
        return
    for state in seen.instance.all_instigator_state():
        if state.status.value == "STOPPED":
            continue
        known = (state.instigator_origin_id, state.selector_id)
        newest = seen.instance.get_ticks(*known, limit=NEWEST_TICKS)
        over = [tick for tick in newest if tick.status.value != "STARTED"]
        failed = [tick for tick in over if _failed(tick)] or _too_slow(over, seen)
        if not failed:
            continue
        if failed[0] is not over[0] and seen.now - _at(failed[0]) > STILL_FAILS:
            continue
        name = state.instigator_name
        source = f"form_source {name.removesuffix('_submissions').removesuffix('_contacts')}"
        if seen.was_away(source, _at(failed[0])):
            continue  # which is told, and so is its end
        row = seen.instance.get_ticks(
            *known, after=(seen.now - RUNS_OF).timestamp(), statuses=[failed[0].status], limit=MOST_TICKS
        )
        since = _at(row[-1])
        urgent = name == DISPATCHER
        yield Trouble(
            cause="tick",
            subject=name,
            severity="urgent" if urgent and failed[0] is over[0] else "warning",
            what=f"The {state.instigator_type.value.lower()} `{name}` fails"
            f"{', so no lead goes on' if urgent else ''}.",
            since=since,
            times=len(row),
            service="Dagster",
            said=_words(failed[0].error),
            mend="Mend what it names; it tries again by itself.",
            command="leads doctor",
            link=seen.page("automation"),
        )


def _failed(tick: Any) -> bool:
    return tick.status.value == "FAILURE" and (tick.error is None or _kind(tick.error) not in INTERRUPTED)


def _too_slow(over: Sequence[Any], seen: Seen) -> list[Any]:
    """The newest ticks, where none ends in time. After a while in which this sensor of ours did not end
    either, the code server was away."""
    last = seen.memory.looked.get("tick")
    newest = over[:SLOW]
    here = last is not None and not has_passed(STILL_FAILS, last, seen.now)
    all_slow = len(newest) == SLOW and all(tick.error and TIMED_OUT in tick.error.message for tick in newest)
    return [*newest] if here and all_slow else []


def _at(tick: Any) -> datetime:
    return datetime.fromtimestamp(tick.end_timestamp or tick.timestamp, UTC)


def _kind(error: Any) -> str:
    """What was raised, below what Dagster has wrapped around it."""
    for _ in range(5):
        wraps = str(error.cls_name).startswith("Dagster") and error.cls_name not in INTERRUPTED
        if error.cause is None or not wraps:
            break
        error = error.cause
    return str(error.cls_name)


def _words(error: Any) -> str:
    if error is None:
        return ""
    if error.cls_name == UNREACHABLE:
        return "It takes longer than Dagster waits for a tick."
    if error.cls_name == OURS:
        return str(error.message).partition(": ")[2].strip()
    return f"{_kind(error)}. Its page in the Dagster UI has the whole of it."


def runs(seen: Seen) -> Iterator[Trouble]:
    """Jobs whose last run failed, where no lead tells of it already."""
    if seen.instance is None:
        return
    found = seen.instance.get_run_records(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=seen.now - RUNS_OF),
        limit=MOST_RUNS,
    )
    by_job: dict[str, list[dg.DagsterRun]] = defaultdict(list)
    for record in found:
        by_job[record.dagster_run.job_name].append(record.dagster_run)
    needy = seen.ledger.watching.with_needy(
        [run.run_id for run in by_job.get(LIVE_JOB, [])]
    )  # those leads are told of as leads
    for job, failed in by_job.items():
        mine = [run for run in failed if run.run_id not in needy] if job == LIVE_JOB else failed
        if mine and (trouble := _of_job(seen, seen.instance, job, mine)) is not None:
            yield trouble


def _of_job(
    seen: Seen, instance: dg.DagsterInstance, job: str, failed: Sequence[dg.DagsterRun]
) -> Trouble | None:
    newest = instance.get_run_records(
        dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS]), limit=1
    )
    since_success = [
        run for run in failed if not newest or _begun(instance, run) > newest[0].create_timestamp
    ]
    first = [run for run in since_success if RETRY_TAG not in run.tags or len(since_success) == 1]
    why = {run.run_id: _why(instance, run) for run in first[:MANY_DEATHS]}
    told = [run for run in first if why.get(run.run_id, "") not in INTERRUPTED]
    # a live run that dies gives its leads back, and they go on; several in a row do not pass by themselves
    if not told or (job == LIVE_JOB and len(told) < MANY_DEATHS):
        return None
    asset_job = job.startswith("__")
    return Trouble(
        cause="run",
        subject=job,
        severity="urgent" if job == LIVE_JOB else "warning",
        what="The making of assets fails." if asset_job else f"The runs of `{job}` fail.",
        since=_begun(instance, since_success[-1]),
        times=len(since_success),
        service="Dagster",
        said=why.get(told[0].run_id) or "The process of the run has died.",
        mend="Look at what the run says; then re-execute it.",
        link=seen.page(f"runs/{told[0].run_id}"),
    )


def _begun(instance: dg.DagsterInstance, run: dg.DagsterRun) -> datetime:
    record = instance.get_run_record_by_id(run.run_id)
    return record.create_timestamp if record else datetime.now(UTC)


def _why(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """The kind of the exception in the first step that failed; empty: the process died between steps."""
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        event = entry.dagster_event
        error = event.step_failure_data.error if event else None
        if event and error:
            kind = _kind(error)
            return kind if kind in INTERRUPTED else f"`{event.step_key}`: {kind}."
    return ""


def daemons(seen: Seen) -> Iterator[Trouble]:
    """Parts of Dagster's daemon that have stopped, while the one that asks still runs."""
    if seen.instance is None:
        return
    for name, status in seen.instance.get_daemon_statuses().items():
        heartbeat = status.last_heartbeat
        if not status.required or heartbeat is None:
            continue
        last = datetime.fromtimestamp(heartbeat.timestamp, UTC)
        if seen.now - last < DEAD_AFTER:
            continue
        yield Trouble(
            cause="daemon",
            subject=name.lower(),
            severity="urgent",
            what=f"A part of Dagster's daemon has stopped: {name.lower().replace('_', ' ')}.",
            since=last,
            service="Dagster",
            mend="Start Dagster anew: stop `leads dev` (or the daemon) and start it again.",
            command="leads dev",
            link=seen.page("deployment/daemons"),
        )
