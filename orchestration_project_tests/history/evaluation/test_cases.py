"""Eval cases: the twenty of the samples hold, a wrong case is told with its line, a new one names nobody."""

import json
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.decision.scorer import Scorer
from orchestration_project.errors import LeadsError, PlaybookError
from orchestration_project.history.evaluation.cases import (
    CaseResult,
    EvalCase,
    context_of,
    failures,
    load_cases,
    run_cases,
)
from orchestration_project.history.evaluation.new_case import payload_of, write_case
from orchestration_project.installation import WORKING_COPY
from orchestration_project.model import Context, JsonObject
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook
from orchestration_project_tests.decision.samples import a_context
from orchestration_project_tests.history.evaluation.scorers import Thinks

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
EVALS = WORKING_COPY / "playbook" / "evals"


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load_playbook(WORKING_COPY / "playbook", capabilities())


@pytest.fixture(scope="module")
def cases(playbook: Playbook) -> dict[str, EvalCase]:
    return load_cases(EVALS, playbook)


def run(cases: dict[str, EvalCase], scorer: Scorer, playbook: Playbook) -> dict[str, CaseResult]:
    results = anyio.run(run_cases, cases, scorer, playbook, NOW)
    return {result.name: result for result in results}


def test_all_cases_hold_with_the_offline_scorer_but_those_known_to_be_hard(
    cases: dict[str, EvalCase], playbook: Playbook
) -> None:
    results = run(cases, OfflineScorer(), playbook)
    easy = [name for name, case in cases.items() if not case.hard]
    assert len(easy) >= 20
    assert failures(list(results.values())) == ()
    # one that passes is no longer hard: then take the mark out
    assert [name for name, case in cases.items() if case.hard and results[name].passed] == []


def test_a_scorer_that_loves_everybody_fails_where_it_should(
    cases: dict[str, EvalCase], playbook: Playbook
) -> None:
    results = run(cases, Thinks(lambda _: 10), playbook)
    wrong = {result.name for result in failures(list(results.values()))}
    assert {"vendor", "order-to-the-ai", "only-looking"} <= wrong
    assert "spam-by-words" not in wrong, "what is quarantined is never scored"
    assert "It must not take priority." in results["order-to-the-ai"].wrong


def test_what_a_scorer_must_not_say_is_looked_for(cases: dict[str, EvalCase], playbook: Playbook) -> None:
    chosen = {
        "one": cases["order-to-the-ai"].model_copy(
            update={"must_not": cases["order-to-the-ai"].must_not.model_copy(update={"say": ("because",)})}
        )
    }
    assert "It must not say 'because'." in run(chosen, Thinks(lambda _: 5), playbook)["one"].wrong


def test_a_case_that_should_wait_in_quarantine_and_does_not_is_wrong(
    cases: dict[str, EvalCase], playbook: Playbook
) -> None:
    spam, good = cases["spam-by-words"], cases["everything-a-good-lead-has"]
    swapped = {
        "spam": spam.model_copy(update={"expect": good.expect}),
        "good": good.model_copy(update={"expect": spam.expect}),
        "test": spam.model_copy(update={"expect": cases["test-of-the-form"].expect}),
    }
    results = run(swapped, OfflineScorer(), playbook)
    assert results["spam"].wrong == ("It is quarantined as spam, and should go through.",)
    assert results["good"].wrong == ("It went through, and should wait in quarantine as spam.",)
    assert results["test"].wrong == ("It is quarantined as spam and not as test.",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("what: x\nexpect: {track: prioritty}\nlead: {email: a@b.example}\n", "Did you mean `priority`?"),
        ("what: x\nexpect: {score: {from: 9, to: 2}}\nlead: {a: b}\n", "Swap `from` and `to`"),
        ("what: x\nexpect: {}\nlead: {a: b}\n", "Name a track, a score or `quarantined`."),
        ("what: x\nexpect: {track: priority, quarantined: spam}\nlead: {a: b}\n", "Expect one or the other."),
        ("what: x\nlead: {a: b}\n", "`expect` is missing"),
        ("what: x\nexpct: {track: priority}\nlead: {a: b}\n", "There is no key `expct`"),
        ("just words\n", "not made of `key: value` lines"),
    ],
)
def test_a_mistake_in_a_case_is_told_with_file_and_line(
    tmp_path: Path, playbook: Playbook, text: str, told: str
) -> None:
    folder = tmp_path / "playbook" / "evals"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PlaybookError) as caught:
        load_cases(folder, playbook)
    assert told in str(caught.value)
    assert "playbook/evals/mine.yaml" in str(caught.value)


def test_without_a_folder_there_are_no_cases(tmp_path: Path, playbook: Playbook) -> None:
    assert load_cases(tmp_path / "none", playbook) == {}


def test_a_lead_becomes_a_case_that_decides_alike_and_names_nobody(
    tmp_path: Path, playbook: Playbook
) -> None:
    context = a_context(
        message="Anna Whitfield here, anna@harbourdental.example, see https://harbourdental.example/team\n"
        "Our bookkeeper has just left and the VAT return is due next month. We are 12 people in Leeds at "
        "Harbour Dental and need somebody to take over the books. Ring 0113 496 0123.",
        extra={"linkedin": "https://linkedin.example/in/anna-whitfield"},
    )
    made: JsonObject = {
        "what": "Corrected.",
        "expect": {"track": "priority"},
        "lead": payload_of(context.lead),
    }
    path = write_case(tmp_path / "evals", "L-ABCDEFGHIJ", made)
    text = path.read_text(encoding="utf-8").casefold()
    for secret in ("anna", "whitfield", "harbour", "496 0123", "linkedin", "1134960123"):
        assert secret not in text
    assert "vat return is due next month" in text

    case = load_cases(tmp_path / "evals", playbook)["L-ABCDEFGHIJ"]
    again = context_of("L-ABCDEFGHIJ", case, playbook)
    assert _score(again, playbook) == _score(context, playbook)
    with pytest.raises(LeadsError, match="already"):
        write_case(tmp_path / "evals", "L-ABCDEFGHIJ", made)
    with pytest.raises(LeadsError, match="no name for a case"):
        write_case(tmp_path / "evals", "../evil", made)


def _score(context: Context, playbook: Playbook) -> tuple[int, str | None, str | None]:
    scoring = anyio.run(OfflineScorer().score, context, playbook)
    assert scoring.score is not None
    return scoring.score.value, scoring.score.service, scoring.score.category


def test_every_sample_becomes_a_case_that_is_decided_alike(
    tmp_path: Path, cases: dict[str, EvalCase], playbook: Playbook
) -> None:
    """The person is taken out, and what the scorer goes by stays."""
    folder = tmp_path / "evals"
    for name, case in cases.items():
        lead = context_of(name, case, playbook).lead
        expect = case.expect.model_dump(mode="json", exclude_unset=True, by_alias=True)
        made = {"what": case.what, "known_contact": case.known_contact, "expect": expect, "hard": case.hard}
        if case.expect.quarantined is None:
            write_case(folder, name, json.loads(json.dumps({**made, "lead": payload_of(lead)})))
    results = run(load_cases(folder, playbook), OfflineScorer(), playbook)
    before = run(cases, OfflineScorer(), playbook)
    assert len(results) >= 15
    assert {name: result.got for name, result in results.items()} == {
        name: before[name].got for name in results
    }
