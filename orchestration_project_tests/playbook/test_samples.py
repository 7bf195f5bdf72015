"""The sample submissions hold nobody's real data, and their table speaks of each of them.

Whether they end as the table says is a test of the whole workflow.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import phonenumbers

from orchestration_project.model import Reason
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests.playbook.conftest import KNOWN, OWN_PLAYBOOK

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FREE_MAIL = {"gmail.com", "outlook.com", "gmx.de"}
RESERVED = re.compile(r"(\.example|^example\.(com|net|org))$")
DRAMA_NUMBERS = re.compile(r"\+44(1174960|2079460|7700900)\d+")  # Ofcom's, for film and television


def _lines(name: str) -> list[str]:
    return (SAMPLES / name).read_text(encoding="utf-8").splitlines()


def _submissions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in _lines("submissions.jsonl")]


def _table() -> dict[str, tuple[str, str, str]]:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in _lines("README.md")]
    return {row[0]: (row[2], row[3], row[4]) for row in rows if row[0].startswith("S-") and len(row) == 5}


def test_the_table_has_a_row_for_each_submission() -> None:
    assert sorted(_table()) == sorted({submission["id"] for submission in _submissions()})


def test_the_table_uses_the_words_of_the_project() -> None:
    tracks = {track.name for track in load_playbook(OWN_PLAYBOOK, KNOWN).tracks}

    for status, reason, track in _table().values():
        if status == "done":
            assert reason == "-"
            assert track in tracks
        else:
            assert status == "quarantined"
            assert track == "-"
            assert Reason(reason)


def test_one_submission_comes_twice_byte_for_byte() -> None:
    assert [count for count in Counter(_lines("submissions.jsonl")).values() if count > 1] == [2]


def test_no_address_or_number_can_be_a_real_company_s() -> None:
    for submission in [*_submissions(), *map(json.loads, _lines("crm_contacts.jsonl"))]:
        email = submission.get("email") or submission.get("contact_mail") or ""
        if email.count("@") == 1:
            domain = email.rpartition("@")[2].lower()
            assert domain in FREE_MAIL or RESERVED.search(domain), domain
        if submission["phone"]:
            number = phonenumbers.parse(submission["phone"], "GB")
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            assert DRAMA_NUMBERS.fullmatch(e164), e164
        for host in re.findall(r"https?://([^/\s\"]+)", str(submission.get("message", ""))):
            assert RESERVED.search(host), host


def test_a_returning_customer_is_in_the_crm() -> None:
    known = {json.loads(line)["email"] for line in _lines("crm_contacts.jsonl")}

    assert [s["id"] for s in _submissions() if s.get("email") in known] == ["S-1005"]


def test_a_message_of_twenty_kilobytes_is_among_them() -> None:
    assert max(len(submission["message"].encode()) for submission in _submissions()) > 20_000
