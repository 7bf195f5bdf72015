"""Deals as each CRM tells of them: what was won and lost, once for each change, and nobody's name."""

from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import Engine

from orchestration_project.connectors import listing
from orchestration_project.connectors.crm.interface import Deal
from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.errors import CredentialError, LeadRefusedError, LeadsError
from orchestration_project.fake_services.base import status
from orchestration_project.model import OutcomeKind
from orchestration_project_tests.connectors.crm.accounts import Account, opened
from orchestration_project_tests.hand_clock import HandClock

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]


async def test_a_deal_is_told_as_it_stands_and_once_for_each_change(
    account: Account, clock: HandClock
) -> None:
    contact = account.contact()
    deal, nobodys = account.enter(contact), account.enter()
    first = await account.crm.deals_changed_since(None)
    assert [(each.id, each.contacts, each.kind) for each in first.deals] == [
        (deal, (contact,), None),
        (nobodys, (), None),
    ]
    clock.forward(minutes=2)
    account.close(deal, won=True)
    second = await account.crm.deals_changed_since(first.cursor)
    assert second.deals == (
        Deal(
            id=deal,
            contacts=(contact,),
            opened_at=first.deals[0].opened_at,
            kind=OutcomeKind.WON,
            closed_at=datetime(2026, 11, 20, 10, tzinfo=UTC),
            value=Decimal("1200.50"),
            currency="GBP",
        ),
    )
    assert "Jane" not in first.cursor + second.cursor + str(second.deals)
    assert (await account.crm.deals_changed_since(second.cursor)).deals == ()
    clock.forward(minutes=1)
    account.open_again(deal)
    third = await account.crm.deals_changed_since(second.cursor)
    assert [each.kind for each in third.deals] == [None]
    account.close(nobodys, won=False)
    (lost,) = (await account.crm.deals_changed_since(third.cursor)).deals
    assert (lost.id, lost.kind) == (nobodys, OutcomeKind.LOST)


async def test_many_deals_come_in_pages_and_each_once(account: Account, clock: HandClock) -> None:
    contact = account.contact()
    entered_deals: list[str] = []
    for _ in range(1_250):
        clock.forward(seconds=1)
        entered_deals.append(account.enter(contact))
    got: list[str] = []
    cursor = None
    for _ in range(3):
        page = await account.crm.deals_changed_since(cursor)
        assert len(page.deals) < listing.MOST + 500
        got += [each.id for each in page.deals]
        cursor = page.cursor
    assert got == entered_deals


async def test_a_token_that_may_not_read_deals_says_so_and_an_option_leaves_them(
    account: Account, http: httpx.AsyncClient, clock: HandClock
) -> None:
    account.service.next_answer(*[status(403)] * 3)
    with pytest.raises(CredentialError):
        await account.crm.deals_changed_since(None)
    asked = len(account.service.requests)
    without = opened(http, account.service, clock, deals=False)
    assert (await without.crm.deals_changed_since(None)).deals == ()
    assert len(account.service.requests) == asked


async def test_in_the_embedded_crm_a_person_says_what_was_won(database: Engine, clock: HandClock) -> None:
    crm = LocalCrm(database, clock)
    jane = await crm.create_contact({"email": "jane@acme.example"}, {})
    deal = await crm.close_deal(jane.id, OutcomeKind.LOST)
    first = await crm.deals_changed_since(None)
    assert [(each.id, each.contacts, each.kind) for each in first.deals] == [
        (deal, (jane.id,), OutcomeKind.LOST)
    ]
    clock.forward(days=1)
    assert await crm.close_deal(jane.id, OutcomeKind.WON, Decimal(900), "GBP", deal) == deal
    (won,) = (await crm.deals_changed_since(first.cursor)).deals
    assert (won.kind, won.value, won.closed_at) == (OutcomeKind.WON, Decimal(900), clock.now)
    assert won.opened_at == first.deals[0].opened_at
    with pytest.raises(LeadRefusedError, match="contact 999 is not there"):
        await crm.close_deal("999", OutcomeKind.WON)
    with pytest.raises(LeadsError, match="has no deal 77"):
        await crm.close_deal(jane.id, OutcomeKind.WON, deal_id="77")
