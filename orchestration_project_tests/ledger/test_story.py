"""Finding the lead a person means, and telling its story."""

from datetime import datetime

import pytest
import sqlalchemy

from orchestration_project.errors import LeadsError
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.submissions import make_ref
from orchestration_project.model import (
    Decision,
    Delivery,
    Reason,
    ReceiptStatus,
    Ref,
    ScoreStatus,
    Scoring,
    Verdict,
)
from orchestration_project.process import myself
from orchestration_project_tests.ledger.leads import a_receipt, carry, introduce, recorded

REF = make_ref("inbox", "1")


@pytest.fixture
def one(ledger: Ledger) -> Ref:
    return ledger.submissions.store(
        "inbox", [Delivery(external_id="1", raw=b'{"name": "J\xc3\xb6rg", "x": "\xff"}')]
    )[0].ref


@pytest.mark.parametrize(
    "typed", [REF, REF.lower(), REF[2:], REF[2:].lower(), REF[:5], REF[2:3], "L-", f"  {REF}\n"]
)
def test_a_lead_is_found_by_what_a_person_types(ledger: Ledger, one: Ref, typed: str) -> None:
    assert ledger.stories.resolve(typed) == one


@pytest.mark.parametrize(
    "typed",
    ["", " ", "nobody", "%", "_", "L-%", REF + "A", "\\", "'; --", "\udcff", "\0", "x" * 10_000, "é"],
)
def test_an_unknown_ref_is_told_in_words(ledger: Ledger, one: Ref, typed: str) -> None:
    with pytest.raises(LeadsError, match=r"No lead is called .*`leads list`"):
        ledger.stories.resolve(typed)


def test_a_beginning_that_two_leads_share_is_told_with_both(ledger: Ledger) -> None:
    wanted = make_ref("inbox", "0")[2]
    ids = [str(number) for number in range(200) if make_ref("inbox", str(number))[2] == wanted][:2]
    refs = sorted(
        item.ref
        for item in ledger.submissions.store("inbox", [Delivery(external_id=name, raw=b"{}") for name in ids])
    )
    assert len(refs) == 2
    with pytest.raises(LeadsError) as told:
        ledger.stories.resolve(wanted)
    assert all(ref in str(told.value) for ref in refs)
    assert ledger.stories.resolve(refs[0]) == refs[0]


def test_the_list_is_oldest_first_and_can_be_cut(ledger: Ledger) -> None:
    refs = [
        item.ref
        for item in ledger.submissions.store(
            "inbox", [Delivery(external_id=name, raw=b"{}") for name in "abcd"]
        )
    ]
    (spam,) = carry(ledger, refs[1])
    ledger.outcomes.quarantine(spam, Reason.SPAM, "spam", None, "run")
    assert [lead.ref for lead in ledger.stories.list_leads()] == refs
    assert [lead.ref for lead in ledger.stories.list_leads(limit=2)] == refs[2:]
    assert [lead.ref for lead in ledger.stories.list_leads(status="quarantined")] == [refs[1]]
    assert [lead.ref for lead in ledger.stories.list_leads(refs=[refs[3], refs[0]])] == [refs[0], refs[3]]
    assert ledger.stories.count() == {"received": 3, "quarantined": 1}


def test_the_story_of_a_lead_nobody_has_worked_on_is_its_delivery(ledger: Ledger, one: Ref) -> None:
    story = ledger.stories.tell(one)
    assert story.raw == '{"name": "Jörg", "x": "�"}'
    assert (story.normalised, story.first_touch, story.decisions, story.context) == (None, None, (), None)
    assert [event.event for event in story.events] == ["received"]
    assert story.lead.status == "received"


def test_leads_can_be_listed_by_what_their_newest_score_is(ledger: Ledger, one: Ref, now: datetime) -> None:
    def made(status: ScoreStatus) -> Decision:
        scoring = Scoring(ref=one, status=status, scorer="OpenAI")
        return Decision(
            ref=one, scoring=scoring, track="nurture", why_track="", playbook_version="a", decided_at=now
        )

    def listed(status: ScoreStatus) -> list[Ref]:
        return [lead.ref for lead in ledger.stories.list_leads(score_status=status)]

    (lead,) = carry(ledger, one)
    ledger.decisions.add(lead, made(ScoreStatus.TIMEOUT), "run 1")
    assert (listed(ScoreStatus.TIMEOUT), listed(ScoreStatus.SCORED)) == ([one], [])
    ledger.decisions.add(lead, made(ScoreStatus.SCORED), "run 2")
    assert (listed(ScoreStatus.TIMEOUT), listed(ScoreStatus.SCORED)) == ([], [one])


def test_the_story_is_in_order_of_time(ledger: Ledger, one: Ref) -> None:
    introduce(ledger, one, person="jane@acme.example")
    (claim,) = ledger.claims.claim(max_leads=1, max_runs=1)
    (lead,) = ledger.claims.start(claim, "run-1", myself())
    ledger.outcomes.needs_person(lead, "the disk was full.", "run-1")
    ledger.by_hand.replay([one], genuine=True)
    told = [(event.event, event.run_id) for event in ledger.stories.tell(one).events]
    assert told == [
        ("received", None),
        ("run started", "run-1"),
        ("needs a person", "run-1"),
        ("replayed", None),
    ]


def test_erasing_a_submission_erases_all_that_the_ledger_knows_of_it(ledger: Ledger, one: Ref) -> None:
    introduce(ledger, one, person="jane@acme.example")
    ledger.submissions.store("inbox", [Delivery(external_id="1", raw=b"other content")])
    (lead,) = carry(ledger, one)
    recorded(ledger, lead, a_receipt(lead, ReceiptStatus.DONE))
    ledger.facts.write([lead], [Verdict(ref=one)], "run")
    ledger.outcomes.quarantine(lead, Reason.SPAM, "spam", None, "run")
    tables = ("work", "journal", "first_touches", "receipts", "facts", "revisions", "decisions")
    with ledger.engine.begin() as connection:
        for table in tables[:-1]:
            assert connection.exec_driver_sql(f"SELECT count(*) FROM leads.{table}").scalar()
        connection.execute(sqlalchemy.text("DELETE FROM leads.submissions"))
        for table in tables:
            assert connection.exec_driver_sql(f"SELECT count(*) FROM leads.{table}").scalar() == 0
