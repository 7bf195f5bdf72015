"""`leads playbook`: cases are run and made, and the scorer is probed, as a person types it."""

import json

import pytest

from orchestration_project.installation import WORKING_COPY
from orchestration_project_tests.cli.conftest import Shell

LEAD = {
    "name": "Anna Whitfield",
    "email": "anna@harbourdental.example",
    "message": "Our bookkeeper has just left, Anna says hello. We are 12 people in Leeds and need somebody "
    "for the books and the VAT return, which is due next month.",
}


@pytest.fixture
def ref(shell: Shell) -> str:
    sent = shell.leads("submit", "-", "--json", stdin=json.dumps(LEAD).encode())
    return json.loads(sent.out)[0]["ref"]


def test_all_cases_hold_without_a_database(shell: Shell) -> None:
    nobody = shell.having(LEADS_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    done = nobody.leads("playbook", "eval")
    assert done.code == 0, done.all
    assert "✓ order-to-the-ai" in done.out
    assert "Hard: The scorecard counts the words" in done.out
    assert "20 of 22 cases hold, 2 (~) are known to be hard." in done.out


def test_a_rule_that_is_wrong_fails_its_cases_and_says_which(shell: Shell) -> None:
    rules = shell.playbook / "playbook.yaml"
    before = rules.read_text(encoding="utf-8")
    rules.write_text(
        before.replace("points: -6, why: wants to sell", "points: 6, why: wants to sell"), encoding="utf-8"
    )
    try:
        done = shell.leads("playbook", "eval")
    finally:
        rules.write_text(before, encoding="utf-8")
    assert done.code == 1
    assert "✗ vendor" in done.out
    assert "It took priority and not not_fit" in done.out
    assert "1 of 22 cases failed: vendor." in done.err


def test_only_the_named_cases_are_run_and_unknown_ones_told(shell: Shell) -> None:
    done = shell.leads("playbook", "eval", "vendor", "--json")
    assert [(one["name"], one["wrong"]) for one in json.loads(done.out)] == [("vendor", [])]
    assert "There is no case vender in" in shell.leads("playbook", "eval", "vender").err


def test_without_an_ai_none_is_asked(shell: Shell) -> None:
    done = shell.leads("playbook", "eval", "vendor", "--ai")
    assert done.code == 1
    assert "No AI is connected" in done.err


def test_a_corrected_lead_becomes_a_case_without_the_person(shell: Shell, ref: str) -> None:
    assert "There is no track 'best'" in shell.leads("playbook", "add-case", ref, "--track", "best").err
    made = shell.leads(
        "playbook", "add-case", ref, "--track", "priority", "--why", "They need us.", "--name", "mine"
    )
    assert made.code == 0, made.all
    path = shell.playbook / "evals" / "mine.yaml"
    text = path.read_text(encoding="utf-8")
    try:
        assert "what: They need us." in text
        assert not any(word in text.casefold() for word in ("anna", "whitfield", "harbour"))
        assert "VAT return" in text
        assert "✓ mine" in shell.leads("playbook", "eval", "mine").out
        assert (
            "There is a case mine already"
            in shell.leads("playbook", "add-case", ref, "--track", "nurture", "--name", "mine").err
        )
    finally:
        path.unlink()


def test_the_scorer_is_probed_with_the_leads_that_are_here(shell: Shell) -> None:
    samples = WORKING_COPY / "samples"
    shell.leads("import", str(samples / "old_leads.csv"), "--mapping", str(samples / "old_leads.yaml"))
    done = shell.leads("playbook", "probe", "--last", "10", "--times", "2")
    assert done.code == 0, done.all
    assert "10 leads, 2 times each: 0% did not always take the same track" in done.out
    assert "80 tries" in done.out
