"""The language of a message."""

import csv
from pathlib import Path

import pytest

from orchestration_project.data.language import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We need help with our monthly books, our bookkeeper has just left.", "en"),
        ("Wir suchen eine Buchhaltung für unser Team.", "de"),
        ("Nous cherchons un comptable pour notre société.", "fr"),
        ("ik zoek een boekhouder voor mijn bedrijf", "nl"),
        ("こんにちは、会計の相談をしたいです。", "ja"),
        ("Необходима бухгалтерия для нашей компании", "ru"),
        ("hi", None),
        ("", None),
        ("asdf asdf asdf asdf", None),
        ("https://spam.example/buy?x=1 https://spam.example/buy?x=2", None),
        ("020 7946 0958, 020 7946 0959, 020 7946 0960", None),
    ],
)
def test_a_language_is_named_only_when_it_is_sure(text: str, language: str | None) -> None:
    assert detect_language(text) == language


def test_real_looking_inquiries_are_recognised_as_english(shared: Path) -> None:
    file = shared / "data" / "inbound_messages_synthetic" / "scored_leads.csv"
    with file.open(encoding="utf-8", newline="") as rows:
        languages = [detect_language(row["inbound_message"]) for row in csv.DictReader(rows)]
    assert languages == ["en"] * 25
