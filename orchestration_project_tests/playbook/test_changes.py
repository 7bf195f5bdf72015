"""What a playbook says otherwise than another, in words."""

import re
from pathlib import Path

import pytest

from orchestration_project.installation import WORKING_COPY
from orchestration_project.offer import capabilities
from orchestration_project.playbook.candidates import load_files
from orchestration_project.playbook.changes import changes
from orchestration_project.playbook.files import rules_files
from orchestration_project.playbook.load import load_playbook

FOLDER: Path = WORKING_COPY / "playbook"
LIVE = load_playbook(FOLDER, capabilities())


def told(old: str, new: str, file: str = "playbook.yaml") -> list[str]:
    files = rules_files(FOLDER)
    text = files[file].decode()
    assert old in text
    files[file] = text.replace(old, new, 1).encode()
    return list(changes(LIVE, load_files(FOLDER, files, "other", capabilities())))


def test_the_same_rules_have_no_changes() -> None:
    assert changes(LIVE, LIVE) == ()


def test_each_kind_of_change_is_a_sentence() -> None:
    assert told("autonomy: draft", "autonomy: internal") == ["Autonomy is internal instead of draft."]
    assert told("duplicate_window_hours: 24", "duplicate_window_hours: 36") == [
        "Limits duplicate window is 36 hours instead of 24 hours."
    ]


def test_a_new_track_is_told_with_what_it_takes_and_does() -> None:
    track = (
        "tracks:\n  desk:\n    title: Payroll desk\n    when: {service: payroll, score: {from: 3}}\n"
        "    actions: [crm_contact, chat]\n"
    )
    assert told("tracks:\n", track) == [
        "Track desk is new: it takes score 3 to 10 and service payroll, and does crm_contact, chat."
    ]


def test_other_scores_and_actions_of_a_track_are_told() -> None:
    files = rules_files(FOLDER)
    text = files["playbook.yaml"].decode()
    text = re.sub(r"score: \{from: 8\}", "score: {from: 9}", text, count=1)
    text = re.sub(r"score: \{from: 4, to: 7\}", "score: {from: 4, to: 8}", text, count=1)
    files["playbook.yaml"] = text.encode()
    assert changes(LIVE, load_files(FOLDER, files, "other", capabilities())) == (
        "Track priority takes score 9 to 10 instead of score 8 to 10.",
        "Track nurture takes score 4 to 8 instead of score 4 to 7.",
    )


def test_a_changed_text_shows_its_lines() -> None:
    first = LIVE.ideal_customer.splitlines()[0]
    (sentence,) = told(first, f"{first}\n\nNo startups.", "ideal_customer.md")
    assert sentence == "ideal_customer.md: 1 line new.\n    + No startups."


@pytest.mark.parametrize("signal", LIVE.scorecard.signals, ids=lambda signal: signal.why[:20])
def test_a_line_of_the_scorecard_that_is_gone_is_told(signal: object) -> None:
    kept = tuple(each for each in LIVE.scorecard.signals if each is not signal)
    other = LIVE.model_copy(update={"scorecard": LIVE.scorecard.model_copy(update={"signals": kept})})
    (sentence,) = changes(LIVE, other)
    assert sentence.startswith("The scorecard no longer counts")
    (back,) = changes(other, LIVE)
    assert back.startswith("The scorecard counts")
