"""The campaign's verdict: what it counts as lost, twice or stuck, so that its exit status can be believed.

That `leads dev` withstands a campaign is measured by hand: `benchmarks/campaign.py`.
"""

import importlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestration_project.fake_services.checker import Finding, Wrong
from orchestration_project.installation import WORKING_COPY

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Benchmarks are programs beside one another, and no package."""
    monkeypatch.syspath_prepend(str(WORKING_COPY / "benchmarks"))
    return importlib.import_module("campaign_report")


@pytest.fixture
def fates(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(WORKING_COPY / "benchmarks"))
    return importlib.import_module("campaign_leads")


def row(number: int, status: str, track: str | None = "priority", **more: Any) -> dict[str, Any]:
    return {
        "ref": f"L-AAAAAAAAA{'ABCDEFGH'[number]}",
        "external_id": f"campaign-{number}",
        "email": f"p{number}@a.example",
        "status": status,
        "reason": None,
        "track": track,
        "received_at": NOW.isoformat(),
        "finished_at": (NOW + timedelta(seconds=30)).isoformat() if status == "done" else None,
        **more,
    }


def verdict(
    report: Any, fates: Any, rows: list[dict[str, Any]], *findings: Finding, fate: str = "priority"
) -> Any:
    sent = [fates.Sent(f"campaign-{number}", fate, {}) for number in range(2)]
    storm = report.Storm(20.0, NOW + timedelta(seconds=20), ((NOW + timedelta(seconds=5), "x"),), 0, (), ())
    return report.judge([report.Lead.read(one) for one in rows], sent, findings, storm)


def finding(wrong: Wrong, number: int = 0) -> Finding:
    return Finding(wrong, row(number, "done")["ref"], f"It is {wrong}.")


def test_leads_that_are_through_with_nothing_wrong_pass(report: Any, fates: Any) -> None:
    outcome = verdict(report, fates, [row(0, "done"), row(1, "done")])
    assert outcome.status == 0
    assert outcome.counts["complete"] == outcome.counts["healed by itself"] == 2
    assert (outcome.healing, "passed: 2 leads" in outcome.told()) == (10.0, True)


@pytest.mark.parametrize(
    ("rows", "findings", "count", "fails"),
    [
        ([row(0, "done")], [], "lost", True),  # the second is nowhere
        ([row(0, "done"), row(1, "quarantined", None)], [], "lost", True),  # and was genuine
        ([row(0, "done"), row(1, "done")], [finding(Wrong.MISSING)], "lost", True),
        ([row(0, "done"), row(1, "done")], [finding(Wrong.TWICE)], "twice", True),
        ([row(0, "done"), row(1, "running")], [finding(Wrong.MISSING, 1)], "stuck", True),
        ([row(0, "done"), row(1, "waiting")], [], "stuck", True),
        ([row(0, "done"), row(1, "queued")], [], "stuck", True),
        ([row(0, "done"), row(1, "failed")], [finding(Wrong.MISSING, 1)], "needs a person", False),
        ([row(0, "done"), row(1, "needs_person")], [], "needs a person", False),
        ([row(0, "done"), row(1, "to_check")], [], "needs a person", False),
        ([row(0, "done"), row(1, "planned", None)], [finding(Wrong.UNWANTED, 1)], "before validation", True),
        ([row(0, "done"), row(1, "done")], [finding(Wrong.EARLY)], "before validation", True),
        ([row(0, "done"), row(1, "done")], [finding(Wrong.UNWANTED)], "beyond its track", False),
        ([row(0, "done"), row(1, "done", "nurture")], [], "on another track", False),
    ],
)
def test_each_trouble_is_counted_as_what_it_is(
    report: Any, fates: Any, rows: list[dict[str, Any]], findings: list[Finding], count: str, fails: bool
) -> None:
    outcome = verdict(report, fates, rows, *findings)
    assert outcome.counts[count] == 1, outcome.told()
    assert outcome.status == fails
    others = [name for name in ("lost", "twice", "stuck", "needs a person") if name != count]
    assert [name for name in others if outcome.counts[name]] == []


def test_spam_in_quarantine_is_as_it_should_be_and_with_a_write_it_is_not(report: Any, fates: Any) -> None:
    rows = [row(0, "quarantined", None), row(1, "quarantined", None)]
    assert verdict(report, fates, rows, fate="spam").status == 0
    assert verdict(report, fates, rows, finding(Wrong.UNWANTED), fate="spam").status == 1


def test_the_same_seed_sends_the_same_leads_of_every_kind(fates: Any) -> None:
    sent = fates.submissions(200, 1)
    assert sent == fates.submissions(200, 1)
    assert sent != fates.submissions(200, 2)
    assert {one.fate for one in sent} == set(fates.MIX)
    once = [one.id for one in sent if one.fate != "delivered again"]
    assert len(once) == len(set(once))
    people = {one.email for one in sent if one.fate in ("priority", "nurture", "not_fit")}
    assert all(one.email in people for one in sent if one.fate == "duplicate")
