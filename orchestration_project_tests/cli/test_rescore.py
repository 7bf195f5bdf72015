"""`leads rescore`, `compare` and `playbook`: from an idea to live rules and back, as an owner goes there."""

import json
from pathlib import Path

from orchestration_project.installation import WORKING_COPY
from orchestration_project_tests.cli.conftest import Shell

SAMPLES = WORKING_COPY / "samples"


def test_a_candidate_is_tried_on_history_compared_promoted_and_taken_back(
    shell: Shell, tmp_path: Path
) -> None:
    rules = shell.playbook / "playbook.yaml"
    before = rules.read_text()
    place = shell.playbook / "candidates" / "milder"
    place.mkdir(parents=True)
    (place / "playbook.yaml").write_text(
        before.replace("start: 3", "start: 5").replace("least_leads: 20", "least_leads: 3")
    )

    def leads(*words: str, code: int = 0) -> str:
        done = shell.leads(*words)
        assert done.code == code, done.all
        return done.all

    leads("import", str(SAMPLES / "old_leads.csv"), "--mapping", str(SAMPLES / "old_leads.yaml"))
    assert "live` finds out" in (said := shell.leads("quality").all) or "Nothing can be said" in said
    leads("rescore", "live", "--offline")
    said = leads("quality")
    assert "have a sure outcome" in said
    told = json.loads(shell.leads("quality", "--json").out)
    assert told["headline"] in " ".join(said.split())
    assert told["labels"]["sure"] == told["overall"]["leads"] > 0
    assert "Nobody has said anything" in said or "Nothing is decided yet" in said
    said = leads("rescore", "milder", "--offline")
    assert "scored under milder" in said
    assert "there already" in leads("rescore", "milder", "--offline")
    page = tmp_path / "page.html"
    said = leads("compare", "milder", "--html", str(page))
    assert "The scorecard begins at 5 instead of 3." in said
    assert "would take another track" in said
    assert "<!doctype html>" in page.read_text(encoding="utf-8")
    said = leads("playbook", "promote", "milder", code=1)
    assert "milder does not go live" in said and "Eval case" in said
    assert rules.read_text() == before
    assert "milder is live" in leads("playbook", "promote", "milder", "--anyway", "We have room for more.")
    assert "start: 5" in rules.read_text()
    assert "all the same: We have room for more." in leads("playbook", "log")
    assert "is live again" in leads("playbook", "rollback")
    assert rules.read_text() == before
    assert "The scorecard begins at 5 instead of 3." in leads("playbook", "diff", "milder")


def test_what_is_not_there_is_told_in_a_sentence(shell: Shell) -> None:
    done = shell.leads("rescore", "nobody")
    assert (done.code, "No candidate and no version is called nobody" in done.err) == (1, True)
    done = shell.leads("rescore", "live", "--offline", "--since", "2099-01-01")
    assert (done.code, "has what a score is made from" in done.err) == (1, True)
