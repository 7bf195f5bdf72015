"""Which lead a deal came of, and that a newer word takes the place of an older one."""

from datetime import datetime, timedelta
from decimal import Decimal

from orchestration_project.connectors.crm.interface import Deal, DealPage
from orchestration_project.data.deals import SOURCE, read_deals, take_deals
from orchestration_project.ledger import Ledger
from orchestration_project.model import OutcomeKind, ReceiptStatus, Ref
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried, a_receipt, events, recorded


def written(ledger: Ledger, name: str, contact: str) -> Ref:
    """A lead that was written to that contact of the CRM."""
    lead = a_carried(ledger, name)
    recorded(ledger, lead, a_receipt(lead, ReceiptStatus.DONE, "crm_contact", external_id=contact))
    return lead.ref


def a_deal(at: datetime, *contacts: str, kind: OutcomeKind | None = OutcomeKind.WON, id: str = "d1") -> Deal:  # noqa: A002 - as it is called
    return Deal(
        id=id,
        contacts=contacts,
        opened_at=at,
        kind=kind,
        closed_at=at + timedelta(days=20) if kind else None,
        value=Decimal(900),
        currency="GBP",
    )


def outcomes(ledger: Ledger) -> list[tuple[str, str]]:
    return [(row["ref"], row["outcome"]) for row in ledger.sides.outcomes(None, None)]


def test_a_deal_came_of_the_newest_lead_of_its_contact_that_was_there_when_it_was_opened(
    ledger: Ledger, clock: HandClock
) -> None:
    early = clock.now - timedelta(days=1)
    first = written(ledger, "first", "c1")
    clock.forward(days=10)
    second = written(ledger, "second", "c1")
    clock.forward(days=10)
    written(ledger, "third", "c1")
    opened = clock.now - timedelta(days=5)
    assert take_deals(ledger, "hubspot", [a_deal(opened, "c9", "c1")]) == (1, 0)
    assert outcomes(ledger) == [(second, "won")]
    assert take_deals(ledger, "hubspot", [a_deal(opened - timedelta(days=9), "c1", id="d2")]) == (1, 0)
    assert set(outcomes(ledger)) == {(second, "won"), (first, "won")}
    older_than_all = a_deal(early, "c1", id="d3")
    of_nobody = a_deal(opened, "c8", id="d4")
    assert take_deals(ledger, "hubspot", [older_than_all, of_nobody]) == (0, 0)


def test_a_newer_word_counts_and_what_is_open_again_is_taken_back(ledger: Ledger, clock: HandClock) -> None:
    ref = written(ledger, "lead", "c1")
    deal = a_deal(clock.now, "c1", kind=OutcomeKind.LOST)
    assert take_deals(ledger, "hubspot", [deal]) == (1, 0)
    assert take_deals(ledger, "hubspot", [deal]) == (0, 0), "the same word again is no news"
    assert take_deals(ledger, "hubspot", [a_deal(clock.now, "c1")]) == (1, 0)
    assert outcomes(ledger) == [(ref, "won")]
    assert take_deals(ledger, "pipedrive", [a_deal(clock.now, "c1", kind=None)]) == (0, 0), "another CRM's"
    assert take_deals(ledger, "hubspot", [a_deal(clock.now, "c1", kind=None)]) == (0, 1)
    assert outcomes(ledger) == []
    assert events(ledger, ref).count("outcome") == 3


def test_a_deal_that_is_given_to_another_contact_is_the_other_leads(ledger: Ledger, clock: HandClock) -> None:
    written(ledger, "one", "c1")
    other = written(ledger, "other", "c2")
    take_deals(ledger, "hubspot", [a_deal(clock.now, "c1")])
    assert take_deals(ledger, "hubspot", [a_deal(clock.now, "c2")]) == (1, 1)
    assert outcomes(ledger) == [(other, "won")]


def test_pages_are_kept_one_by_one_and_what_was_read_is_not_asked_for_again(
    ledger: Ledger, clock: HandClock
) -> None:
    written(ledger, "lead", "c1")
    asked: list[str | None] = []

    def fetch(cursor: str | None) -> DealPage:
        asked.append(cursor)
        number = int(cursor or 0)
        if number == 3:
            return DealPage(deals=(), cursor="3")
        if len(asked) == 2:
            raise TimeoutError
        return DealPage(deals=(a_deal(clock.now, "c1", id=f"d{number}"),), cursor=str(number + 1))

    try:
        read_deals(ledger, "hubspot", fetch, 10)
    except TimeoutError:
        assert ledger.sources.cursor(f"{SOURCE} hubspot") == "1"
    taken = read_deals(ledger, "hubspot", fetch, 10)
    assert (taken.read, taken.new) == (2, 2)
    assert asked == [None, "1", "1", "2", "3"]
    assert len(outcomes(ledger)) == 3
