"""The asset `rescored`: what other rules would have decided, by candidate and day. It acts on nothing.

It does what `leads rescore` does (`rescoring/`). Nothing here imports pandas: live runs load it, too.
"""

import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal, cast

import anyio
import dagster as dg
from pydantic import Field

from orchestration_project.history.days import bounds
from orchestration_project.history.names import RUN_TAGS
from orchestration_project.history.rescoring.rescore import SIDE_BY_SIDE, Tally
from orchestration_project.history.rescoring.rules import rules_called
from orchestration_project.history.rescoring.work import work
from orchestration_project.history.resources import History
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.rescored import Rescores, Wanted
from orchestration_project.model.decision import dollars
from orchestration_project.offer import capabilities
from orchestration_project.playbook.model import Playbook
from orchestration_project.timezones import day_began, zone

RESCORED = "rescored"
GROUP = "evaluation"
CANDIDATE, DAY = "candidate", "day"
CANDIDATES = dg.DynamicPartitionsDefinition(name="candidates")
"""Playbooks that are not live, by their folder's name; older versions, by their hash; and `live`."""
TOLD_EVERY = 10
"""So many lines of progress."""
_HERE = Path(__file__).resolve().parent


class Asked(dg.Config):
    """What is asked of the scorer, and what it may cost."""

    limit_usd: float | None = Field(
        None, description="Stop before it costs more. Else: what is left today of the limit for trials."
    )
    only: Literal["all", "fallback"] = Field(
        "all", description="fallback: only leads that the AI had no part in, as it was away or too dear."
    )
    sample: int | None = Field(None, ge=1, description="Only so many leads, spread over all of the days.")
    attempts: int = Field(1, ge=1, le=20, description="Score each so often, to see how steady the scorer is.")
    side_by_side: int = Field(SIDE_BY_SIDE, ge=1, le=256, description="Questions under way.")
    offline: bool = Field(default=False, description="By the scorecard, whatever AI is set up.")


@lru_cache(maxsize=2)
def build_rescored(days: dg.DailyPartitionsDefinition, owner: str) -> dg.AssetsDefinition:
    with warnings.catch_warnings():
        # `backfill_policy` and code references are beta, and so it would say in every process
        warnings.simplefilter("ignore", dg.BetaWarning)

        @dg.asset(
            name=RESCORED,
            description="What a candidate, an older version or the live rules would decide of leads that are "
            "here already. It reads what was found out when they came, asks nobody but the scorer, and acts "
            "on nothing. What is scored stays: begun again, it goes on where it was.",
            group_name=GROUP,
            owners=[owner],
            kinds={"openai", "postgres"},
            deps=[
                dg.AssetDep(
                    "lead_contexts",
                    partition_mapping=dg.MultiToSingleDimensionPartitionMapping(partition_dimension_name=DAY),
                ),
                "playbook",
            ],
            partitions_def=dg.MultiPartitionsDefinition({CANDIDATE: CANDIDATES, DAY: days}),
            backfill_policy=dg.BackfillPolicy.single_run(),
            metadata={"dagster/code_references": _code()},
            op_tags={"layer": "history"},
        )
        def body(
            context: dg.AssetExecutionContext, history: dg.ResourceParam[History], config: Asked
        ) -> None:
            stopped: list[str] = []
            for candidate, asked in _by_candidate(context.partition_keys).items():
                stopped += _rescore(context, history, config, candidate, asked)
            if stopped:
                raise dg.Failure("\n".join(stopped), allow_retries=False)

    return body


RESCORE = dg.define_asset_job(
    "rescore",
    selection=[RESCORED],
    description="Scores leads under other rules than those they were decided by. Nothing acts on it.",
    executor_def=dg.in_process_executor,
    tags=RUN_TAGS,
)


def _by_candidate(keys: Sequence[str]) -> Mapping[str, list[str]]:
    days: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        of = cast("dg.MultiPartitionKey", key).keys_by_dimension
        days[of[CANDIDATE]].append(of[DAY])
    return {candidate: sorted(of_it) for candidate, of_it in days.items()}


def _rescore(
    context: dg.AssetExecutionContext, history: History, asked: Asked, candidate: str, days: Sequence[str]
) -> list[str]:
    """Why not all of it is done, in words; nothing: it is."""
    ledger, time_zone = history.ledger, history.reader.zone
    playbook = rules_called(candidate, history.playbook, history.folder, ledger.playbooks, capabilities())
    wanted = Wanted(
        playbook_version=playbook.version,
        scorer="",
        since=bounds(date.fromisoformat(days[0]), time_zone)[0],
        until=bounds(date.fromisoformat(days[-1]), time_zone)[1],
        sample=asked.sample,
        attempts=asked.attempts,
        only=asked.only,
    )
    tally, wanted = anyio.run(partial(_work, context, history, playbook, wanted, asked))
    found = ledger.rescored.days(wanted, time_zone)
    for day in days:
        told = _told(wanted, found.get(day, Rescores()))
        context.add_asset_metadata(told, partition_key=dg.MultiPartitionKey({CANDIDATE: candidate, DAY: day}))
    left = [f"{tally.left} were not answered; materialise it again to ask for them."] if tally.left else []
    return [*left, *([tally.stopped] if tally.stopped else [])]


def tell_made(
    instance: dg.DagsterInstance, ledger: Ledger, candidate: str, wanted: Wanted, time_zone: str
) -> int:
    """Of what was scored outside of a run of Dagster's, each day that is whole by now counts as made, as it
    would had it been one. Answers how many are new."""
    whole = wanted.model_copy(update={"sample": None, "since": None, "until": None})
    known = instance.get_materialized_partitions(dg.AssetKey(RESCORED))
    made = 0
    instance.add_dynamic_partitions(str(CANDIDATES.name), [candidate])
    for day, found in sorted(ledger.rescored.days(whole, time_zone).items()):
        partition = dg.MultiPartitionKey({CANDIDATE: candidate, DAY: day})
        if found.scored < found.leads or partition in known:
            continue
        instance.report_runless_asset_event(
            dg.AssetMaterialization(asset_key=RESCORED, partition=partition, metadata=_told(whole, found))
        )
        made += 1
    return made


def _told(wanted: Wanted, found: Rescores) -> dict[str, str | int | float]:
    return {
        "playbook version": wanted.playbook_version,
        "scorer": wanted.scorer,
        "dagster/partition_row_count": found.scored,
        "leads": found.leads,
        "to another track": found.moved,
        "cost in USD": round(found.cost_usd, 4),
    }


async def _work(
    context: dg.AssetExecutionContext, history: History, playbook: Playbook, wanted: Wanted, asked: Asked
) -> tuple[Tally, Wanted]:
    limit = Decimal(str(asked.limit_usd)) if asked.limit_usd is not None else left_today(history)
    async with work(
        history.ledger,
        history.home,
        playbook,
        wanted,
        side_by_side=asked.side_by_side,
        offline=asked.offline,
    ) as planned:
        total, done, step = len(planned.todo), 0, max(1, len(planned.todo) // TOLD_EVERY)
        usd = planned.foreseen.usd if planned.model and total else None
        about = f", for about {dollars(usd)}" if usd is not None else ""
        scorer = planned.wanted.scorer
        context.log.info("%s scores under %s by %s%s.", total, playbook.version, scorer, about)

        def told(more: int) -> None:
            nonlocal done
            if (done + more) // step > done // step:
                context.log.info("%s of %s are scored.", done + more, total)
            done += more

        tally = await planned.do(limit, told)
        if wanted.only == "fallback" and tally.scored:
            await anyio.to_thread.run_sync(history.ledger.scored_again.tell, [ref for ref, _ in planned.todo])
        return tally, planned.wanted


def left_today(history: History) -> Decimal | None:
    """US dollars that trials may still cost today: they have a purse of their own. None: no limit."""
    ai = history.playbook.ai
    limit = ai.daily_limit_usd if ai.trials_daily_limit_usd is None else ai.trials_daily_limit_usd
    if limit is None:
        return None
    began = day_began(history.clock(), zone(history.playbook.business.time_zone))
    return max(limit - replace(history.ledger.spend, purpose="rescore").since(began), Decimal(0))


def _code() -> dg.CodeReferencesMetadataValue:
    file = _HERE / "rescoring" / "rescore.py"
    return dg.CodeReferencesMetadataValue(
        code_references=[dg.LocalFileCodeReference(file_path=str(file), label=file.name)]
    )
