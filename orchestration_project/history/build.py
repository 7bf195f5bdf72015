"""History's part of the definitions: assets, sensors, and what they work with. Put together, not decided.

`definitions.py` merges it with the live part.
"""

from datetime import date

import dagster as dg

from orchestration_project.history.assets import build_assets
from orchestration_project.history.calibrating import build_confidence
from orchestration_project.history.checks import build_checks
from orchestration_project.history.evaluation_assets import build_evaluation
from orchestration_project.history.following import automation_sensor, ledger_sensor
from orchestration_project.history.io_manager import HistoryIO
from orchestration_project.history.learning import build_own_words
from orchestration_project.history.partitions import day_partitions, week_partitions
from orchestration_project.history.rescored import RESCORE, build_rescored
from orchestration_project.history.rescored_by_itself import second_scores
from orchestration_project.history.resources import HistoryResource
from orchestration_project.history.rules_told import rules_sensor
from orchestration_project.history.sources import build_sources
from orchestration_project.history.weekly import build_weekly
from orchestration_project.ledger import Ledger
from orchestration_project.playbook.model import Playbook


def build_history(
    playbook: Playbook,
    rules: Playbook | dg.ResourceDefinition,
    ledger: dg.ConfigurableResource[Ledger],
    home: str,
    begins: date,
    folder: str = "",
) -> dg.Definitions:
    """All of history since that day. The executor is that of assets which somebody materialises in the UI.
    `rules` is the playbook of a tick or a run; of `playbook` only what the definitions are made of is taken.
    """
    business = playbook.business
    days, owner = day_partitions(begins, business.time_zone), business.owner.email
    return dg.Definitions(
        assets=[
            *build_sources(playbook.connections, days, owner),
            *build_assets(days, business.time_zone, owner),
            *build_evaluation(business.time_zone, owner),
            build_own_words(business.time_zone, owner),
            build_confidence(business.time_zone, owner),
            build_rescored(days, owner),
            build_weekly(week_partitions(begins, business.time_zone), business.time_zone, owner),
        ],
        asset_checks=build_checks(),
        sensors=[ledger_sensor(days), automation_sensor(), rules_sensor, second_scores],
        jobs=[RESCORE],
        resources={
            "history": HistoryResource(home=home, folder=folder, playbook=rules, ledger=ledger),
            "history_io": HistoryIO(home=home),
        },
        executor=dg.in_process_executor,
    )
