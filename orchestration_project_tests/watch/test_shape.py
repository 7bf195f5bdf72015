"""A form that asks otherwise than before is told, by the names of its fields alone."""

import json

import pytest

from orchestration_project.ledger import Ledger
from orchestration_project.model import Delivery, JsonObject
from orchestration_project.watch.shape import NEWEST, Change, change_of, report_shapes

OLD: JsonObject = {"email": "a@b.example", "message": "x", "phone": ""}


def submissions(now: JsonObject, *, newest: int = NEWEST, before: int = 40) -> list[JsonObject]:
    return [now] * newest + [OLD] * before


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"email": "", "message": "", "mobile": ""}, "phone is now mobile"),
        ({"email": "", "message": ""}, "phone is gone"),
        ({**OLD, "budget": "5"}, "budget is new"),
        ({"email": "", "a": "", "b": ""}, "message is gone; phone is gone; a is new; b is new"),
    ],
)
def test_what_vanished_came_or_was_renamed_is_named(now: JsonObject, words: str) -> None:
    change = change_of("website", submissions(now))
    assert change is not None
    assert change.words == words


@pytest.mark.parametrize(
    "payloads",
    [
        submissions(OLD),
        submissions({"email": ""}, newest=5, before=0),
        [{"email": ""}] * (NEWEST - 1) + [OLD] + [OLD] * 40,
        [*submissions(OLD), {"rare": "x"}],
    ],
    ids=["the same", "too few", "one of them still has it", "one that always was rare"],
)
def test_nothing_is_said_without_a_reason(payloads: list[JsonObject]) -> None:
    assert change_of("website", payloads) is None


def test_a_mapped_field_that_goes_is_a_warning_and_ends_by_itself(ledger: Ledger) -> None:
    ledger.submissions.store("website", [Delivery(external_id="1", raw=json.dumps(OLD).encode())])
    gone = Change(source="website", vanished=("phone",), new=(), renamed=())
    report_shapes(ledger, [gone], {"website": ["phone"]})
    (alert,) = ledger.alerts.open()
    assert (alert.severity, alert.trouble.subject) == ("warning", "website")
    report_shapes(ledger, [], {})
    assert ledger.alerts.open() == ()
