"""The leads of a benchmark write the same few texts, which is a wave of spam by the rules; here it is not."""

from pathlib import Path

USUAL = "hold_from: 0.9"


def allow_one_text(playbook: Path) -> None:
    """In a copy of the playbook, as an owner would do it whose form fills in the words."""
    rules = playbook / "playbook.yaml"
    text = rules.read_text(encoding="utf-8")
    assert USUAL in text, "what the playbook says of junk is written another way now"
    rules.write_text(text.replace(USUAL, f"{USUAL}\n  burst: 1000000"), encoding="utf-8")
