"""What is scored again by itself: live leads under the candidate in shadow, and leads that the AI had no part
in, once it is to be heard again. Both after the live decision, from the purse for trials, acting on nothing.

The scoring is the asset's, `rescored.py`.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import dagster as dg
from pydantic import AwareDatetime

from orchestration_project.decision.purse import daily_purse
from orchestration_project.errors import PlaybookError
from orchestration_project.history.rescored import CANDIDATE, CANDIDATES, DAY, RESCORE, RESCORED, left_today
from orchestration_project.history.rescoring.rules import LIVE, rules_called
from orchestration_project.history.rescoring.work import OFFLINE, scorer_name
from orchestration_project.history.resources import History
from orchestration_project.ledger.rescored import Wanted
from orchestration_project.ledger.shadows import Shadow
from orchestration_project.model import Frozen
from orchestration_project.offer import capabilities

LOOK_SECONDS = 300
BACK = timedelta(days=30)
"""What the scorecard decided longer ago is scored again by hand, if at all."""
DAYS_A_LOOK = 10
_UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


class Looked(Frozen):
    """The sensor's cursor: what it asked for last, so that a day that does not get done is not asked for on
    and on."""

    asked: str = ""
    at: AwareDatetime | None = None


class ToDo(NamedTuple):
    candidate: str
    days: tuple[str, ...]  # newest first
    only: str
    why: str


@dg.sensor(
    name="second_scores",
    job=RESCORE,
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Scores live leads also under the candidate in shadow, and once more those that were scored "
    "while the AI was away or the day's money spent. Nothing acts on what comes of it.",
)
def second_scores(context: dg.SensorEvaluationContext, history: dg.ResourceParam[History]) -> dg.SensorResult:
    if context.instance.get_runs(dg.RunsFilter(job_name=RESCORE.name, statuses=_UNDER_WAY), limit=1):
        return _nothing(context, "What was asked for before is still under way.")
    if left_today(history) == 0:
        return _nothing(context, "Today's money for trials is spent.")
    found, words = to_do(history)
    if not found:
        return _nothing(context, words)
    looked = Looked.model_validate_json(context.cursor) if context.cursor else Looked()
    asked = " ".join(f"{each.candidate}|{day}" for each in found for day in each.days)
    now = history.clock()
    if asked == looked.asked and looked.at is not None and now - looked.at < timedelta(hours=1):
        return _nothing(context, f"{words} It was tried less than an hour ago, and is tried again then.")
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                partition_key=dg.MultiPartitionKey({CANDIDATE: each.candidate, DAY: day}),
                run_config={"ops": {RESCORED: {"config": {"only": each.only}}}},
                tags={"leads/why": each.why},
            )
            for each in found
            for day in each.days
        ],
        dynamic_partitions_requests=[CANDIDATES.build_add_request([each.candidate for each in found])],
        cursor=Looked(asked=asked, at=now).model_dump_json(),
    )


def to_do(history: History) -> tuple[list[ToDo], str]:
    """What is to be scored, and in words what is not."""
    scorer = scorer_name(history.playbook)
    shadow = history.ledger.shadows.now()
    found, words = [], ["Nothing is left to be scored."]
    if shadow is not None:
        try:
            found.append(_in_shadow(history, shadow, scorer))
        except PlaybookError as error:
            words.append(f"{shadow.name}, which is to run in shadow, has a mistake. {error}")
    if scorer != OFFLINE:
        if why := _not_now(history):
            words.append(why)
        else:
            found.append(_without_ai(history, scorer))
    return [each for each in found if each.days], " ".join(words)


def _in_shadow(history: History, shadow: Shadow, scorer: str) -> ToDo:
    """Raises PlaybookError where the candidate has a mistake, or is gone."""
    rules = rules_called(
        shadow.name, history.playbook, history.folder, history.ledger.playbooks, capabilities()
    )
    days = _days(history, Wanted(playbook_version=rules.version, scorer=scorer), shadow.since)
    return ToDo(shadow.name, days, "all", "in shadow")


def _without_ai(history: History, scorer: str) -> ToDo:
    wanted = Wanted(playbook_version=history.playbook.version, scorer=scorer, only="fallback")
    return ToDo(LIVE, _days(history, wanted, history.clock() - BACK), "fallback", "scored without the AI")


def _days(history: History, wanted: Wanted, since: datetime) -> tuple[str, ...]:
    return history.ledger.rescored.days_to_do(wanted, history.reader.zone, since)[:DAYS_A_LOOK]


def _not_now(history: History) -> str:
    """Why the AI is not asked now about leads that it had no part in; live leads come first."""
    state = history.ledger.connections.read().get("ai")
    if state is not None and state.state != "closed":
        return "The AI is away."
    purse = daily_purse(history.playbook, history.ledger.spend)
    if purse.limit is not None and purse.spent_today() >= purse.limit:
        return "Today's money for live leads is spent."
    return ""


def _nothing(context: dg.SensorEvaluationContext, why: str) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=why, cursor=context.cursor)
