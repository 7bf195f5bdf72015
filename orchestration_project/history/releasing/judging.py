"""All that the gate looks at, gathered: the eval cases under the candidate, and the leads both have decided.

The judgement is `gate.py`. It asks no model: what the candidate decides was asked by `leads rescore` before.
"""

from datetime import datetime, timedelta
from pathlib import Path

from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.errors import LeadsError
from orchestration_project.history.comparing import compare
from orchestration_project.history.evaluation.cases import FOLDER, failures, load_cases, run_cases
from orchestration_project.history.releasing.gate import objections
from orchestration_project.ledger.sides import Side, Sides
from orchestration_project.playbook.model import Playbook


async def judge(
    sides: Sides,
    name: str,
    live: Playbook,
    candidate: Playbook,
    *,
    folder: Path,
    now: datetime,
) -> tuple[str, ...]:
    """What speaks against the candidate; nothing: it may go live. The eval cases go by the scorecard, so that
    they cost nothing and always say the same."""
    cases = load_cases(folder / FOLDER, candidate)
    scorer = OfflineScorer()
    before = {result.name for result in failures(await run_cases(cases, scorer, live, now))}
    # what fails under the live rules, too, is no reason to keep them
    results = [
        result for result in await run_cases(cases, scorer, candidate, now) if result.name not in before
    ]
    try:
        found = compare(
            sides,
            Side(otherwise=live.version),
            Side(version=candidate.version),
            names=("decided live", name),
            tracks=[track.name for track in live.tracks],
            since=now - timedelta(days=live.gate.days),
            until=None,
            now=now,
        )
    except LeadsError:  # no lead was decided by both; the gate says so
        found = None
    return objections(found, results, live.gate)
