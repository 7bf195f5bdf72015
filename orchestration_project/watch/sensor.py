"""The sensor `watch`: looks every half minute for what is broken, and has it told.

A look is `look.py`. While Dagster's daemon or the code server is dead it cannot tick: `silence.py` speaks.
"""

import os
from datetime import timedelta
from pathlib import Path

import dagster as dg
from sqlalchemy.exc import DBAPIError

from orchestration_project.healing.fate import describe
from orchestration_project.installation import locate
from orchestration_project.ledger import Ledger
from orchestration_project.watch.causes.base import Memory
from orchestration_project.watch.heartbeat import VARIABLE, beat
from orchestration_project.watch.look import look
from orchestration_project.watch.opening import open_seen

NAME = "watch"
EVERY = timedelta(seconds=30)


def build_watch(home: str = "", playbook: Path | None = None) -> dg.SensorDefinition:
    """Without places, those of the installation of the process."""

    @dg.sensor(
        name=NAME,
        minimum_interval_seconds=round(EVERY.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Looks for what is broken, and has it told once, in words: `leads alerts` shows it. "
        "Starts no run. What it looks for, docs/operate.md lists.",
    )
    def watch(context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]) -> dg.SensorResult:
        place = locate(os.environ)
        seen = open_seen(ledger, Path(home) if home else place.home, playbook or place.playbook)
        seen.instance = context.instance
        seen.memory = Memory.model_validate_json(context.cursor) if context.cursor else Memory()
        try:
            looked = look(seen)
        except DBAPIError as error:
            # outside the handler its text would go into Dagster's log
            raise dg.Failure(f"The watch sees nothing: {describe(error)}") from None
        words = [f"{looked.broken} thing(s) are broken now." if looked.broken else "Nothing is broken."]
        if looked.told.delivered:
            words.append(f"{looked.told.delivered} message(s) were sent.")
        if looked.told.failing:
            words.append(f"These ways to tell do not work: {', '.join(looked.told.failing)}.")
        if looked.is_well and (url := os.environ.get(VARIABLE, "").strip()):
            words += filter(None, [beat(ledger, url)])
        return dg.SensorResult(skip_reason=" ".join(words), cursor=looked.memory.model_dump_json())

    return watch
