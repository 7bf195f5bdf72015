"""The tags of a run: which leads it is for, and at its end what came of them. Refs and numbers, no people.

They are what tells runs apart in the list of the Dagster UI, and what runs are filtered by there.
"""

from collections import Counter
from collections.abc import Sequence

import dagster as dg

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.runs import Outcome

REF_TAG = "leads/ref"
COUNT_TAG = "leads/count"
STATUS_TAG = "leads/status"
TRACK_TAG = "leads/track"
SCORE_TAG = "leads/score"
PLAYBOOK_TAG = "playbook"


def lead_tags(refs: Sequence[str]) -> dict[str, str]:
    """Which leads a run is for: the one, or how many."""
    return {REF_TAG: refs[0]} if len(refs) == 1 else {COUNT_TAG: str(len(refs))}


def outcome_tags(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Of a single lead its status, track and score; of many, how many are where. And the version of the
    playbook that decided, where there is one such."""
    if not outcomes:
        return {}
    tags = lead_tags([outcome.ref for outcome in outcomes])
    # what is still running has not been given up by the run, nor come to an end in it
    ended = [outcome for outcome in outcomes if outcome.state != "running"]
    if len(outcomes) == 1:
        for outcome in ended:
            told = {STATUS_TAG: outcome.state, TRACK_TAG: outcome.track, SCORE_TAG: outcome.score}
            tags |= {tag: str(value) for tag, value in told.items() if value is not None}
    else:
        counted = Counter(outcome.state for outcome in ended)
        tags |= {f"leads/{state}": str(number) for state, number in counted.items()}
    versions = {outcome.playbook_version for outcome in ended if outcome.playbook_version}
    if len(versions) == 1:
        tags[PLAYBOOK_TAG] = versions.pop()
    return tags


def tag_run(instance: dg.DagsterInstance, run_id: str, ledger: Ledger) -> None:
    """To be called once, when the run's last op has ended: of two who add tags at once, Dagster shows those
    of one."""
    if tags := outcome_tags(ledger.runs.outcomes(run_id)):
        instance.add_run_tags(run_id, tags)
