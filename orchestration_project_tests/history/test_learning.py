"""What people called spam and genuine is learned by the asset, and the next lead is judged with it."""

from pathlib import Path

import dagster as dg
import pytest

from orchestration_project.history.learning import build_own_words
from orchestration_project.history.resources import open_history
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger import Ledger
from orchestration_project.model import Correction, CorrectionKind, Reason, Ref
from orchestration_project.offer import capabilities
from orchestration_project.orchestration.judging import judge_submissions
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook
from orchestration_project_tests.decision.samples import a_lead
from orchestration_project_tests.history.evaluation.test_own_words import NEED, PITCH, TRADES
from orchestration_project_tests.ledger.leads import carry, submit


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    loaded = load_playbook(WORKING_COPY / "playbook", capabilities())
    # nobody is stopped here because others wrote nearly the same
    return loaded.model_copy(update={"junk": loaded.junk.model_copy(update={"burst": 100})})


def label(ledger: Ledger, text: str, kind: CorrectionKind) -> None:
    for lead, trade in zip(carry(ledger, *submit(ledger, len(TRADES), name=kind)), TRADES, strict=True):
        ledger.facts.write([lead], [a_lead(ref=lead.ref, message=text.format(trade))], "run")
        ledger.labels.correct(Correction(ref=lead.ref, kind=kind))


def stopped(ledger: Ledger, playbook: Playbook) -> bool:
    ref = Ref("L-tailor")
    verdict = judge_submissions(ledger, playbook, [a_lead(ref=ref, message=PITCH.format("tailor"))])[ref]
    return verdict.reason is Reason.SPAM or bool(verdict.doubts)


def materialised(ledger: Ledger, playbook: Playbook, home: Path) -> dict[str, object]:
    history = open_history(ledger, playbook, home, WORKING_COPY / "playbook")
    made = dg.materialize(
        [build_own_words("Europe/London", "owner@example.com")],
        resources={"history": dg.ResourceDefinition.hardcoded_resource(history)},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    (event,) = made.get_asset_materialization_events()
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_labels_are_learned_in_the_night_used_and_unlearned(
    ledger: Ledger, playbook: Playbook, tmp_path: Path
) -> None:
    assert not stopped(ledger, playbook)
    assert materialised(ledger, playbook, tmp_path)["headline"] == "Nobody has said anything new."
    label(ledger, NEED, CorrectionKind.GENUINE)
    assert "It is not used" in str(materialised(ledger, playbook, tmp_path)["headline"])
    label(ledger, PITCH, CorrectionKind.SPAM)
    told = materialised(ledger, playbook, tmp_path)
    assert str(told["headline"]).startswith("Learned from 9 spam and 9 genuine leads.")
    assert (told["version"], told["in use"]) == (2, "this version")
    assert stopped(ledger, playbook)
    assert materialised(ledger, playbook, tmp_path)["headline"] == "Nobody has said anything new."
    ledger.own_words.unlearn()
    assert not stopped(ledger, playbook)


def test_the_last_word_on_a_lead_counts(ledger: Ledger) -> None:
    label(ledger, NEED, CorrectionKind.SPAM)
    first = ledger.own_words.labels()[0].ref
    ledger.labels.correct(Correction(ref=first, kind=CorrectionKind.GENUINE))
    assert [each.spam for each in ledger.own_words.labels()] == [False, *[True] * 8]
