"""A draft belongs to the person as soon as it is there: edited or thrown away, it is left as it is."""

from collections.abc import Generator

import httpx
import pytest

from orchestration_project.action.base import Brief
from orchestration_project.action.draft import Draft
from orchestration_project.action.once import Doer
from orchestration_project.connectors.form_source.interface import Delivery
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.submissions import make_ref
from orchestration_project.model import Receipt, ReceiptStatus
from orchestration_project.playbook.model import Autonomy, Template, TrackAction
from orchestration_project_tests.action.briefs import PLAYBOOK, a_brief
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.conftest import HandClock
from orchestration_project_tests.connectors.mail.persons_hands import MAILBOXES, Mailbox

pytestmark = pytest.mark.anyio

REF = make_ref("inbox", "0")
TEMPLATE = Template(file="priority.md", subject="Hello", body="Dear {{ given_name }},\n\nthank you.\n")


@pytest.fixture(params=MAILBOXES.values(), ids=[*MAILBOXES])
def mailbox(request: pytest.FixtureRequest, http: httpx.AsyncClient) -> Generator[Mailbox]:
    with request.param(http, REF) as mailbox:
        yield mailbox


@pytest.fixture
def doer(ledger: Ledger, clock: HandClock, mailbox: Mailbox) -> Doer:
    ledger.submissions.store("inbox", [Delivery(external_id="0", raw=b"{}")])
    return Doer(ledger, tools(mail=mailbox.mail), clock, "run-1")


def brief() -> Brief:
    playbook = PLAYBOOK.model_copy(update={"templates": {TEMPLATE.file: TEMPLATE}})
    return a_brief(ref=REF).model_copy(update={"playbook": playbook})


async def run_once(doer: Doer) -> Receipt:
    return await doer.once(Draft(), TrackAction(action="draft"), brief(), Autonomy.DRAFT)


async def crash(doer: Doer) -> None:
    """The draft was written, and nobody noted it."""
    await run_once(doer)
    doer.ledger.receipts.write(Receipt(ref=REF, action="draft", status=ReceiptStatus.BEGUN), "run-1")


@pytest.mark.parametrize("keeps_id", [True, False])
async def test_an_edited_draft_is_never_touched_again(doer: Doer, mailbox: Mailbox, keeps_id: bool) -> None:
    done = await run_once(doer)
    mailbox.edit(keeps_id=keeps_id)
    (before,) = mailbox.drafts()
    assert b"My own subject" in before
    assert b"else@acme.example" in before
    assert await run_once(doer) == done
    assert mailbox.drafts() == [before]


async def test_a_draft_that_was_edited_after_a_crash_is_found_and_left_as_it_is(
    doer: Doer, mailbox: Mailbox
) -> None:
    await crash(doer)
    mailbox.edit(keeps_id=True)
    before = mailbox.drafts()
    assert (await run_once(doer)).status is ReceiptStatus.DONE
    assert mailbox.drafts() == before


@pytest.mark.parametrize(
    ("mailbox", "drafts"), [(MAILBOXES["imap"], 1), (MAILBOXES["gmail"], 2)], indirect=["mailbox"]
)
async def test_an_edited_draft_that_nothing_tells_apart_after_a_crash_is_left_beside_a_second(
    doer: Doer, mailbox: Mailbox, drafts: int
) -> None:
    await crash(doer)
    mailbox.edit(keeps_id=False)
    (before,) = mailbox.drafts()
    await run_once(doer)
    assert mailbox.drafts()[0] == before
    # Gmail keeps no header of ours, so there the lead has two; but no word of a person's is lost
    assert len(mailbox.drafts()) == drafts


async def test_a_draft_that_was_thrown_away_is_not_made_again(doer: Doer, mailbox: Mailbox) -> None:
    done = await run_once(doer)
    mailbox.throw_away()
    assert await run_once(doer) == done
    assert mailbox.drafts() == []


async def test_a_draft_that_was_thrown_away_after_a_crash_is_made_anew(doer: Doer, mailbox: Mailbox) -> None:
    await crash(doer)
    mailbox.throw_away()
    assert mailbox.drafts() == []
    assert (await run_once(doer)).status is ReceiptStatus.DONE
    assert len(mailbox.drafts()) == 1
    await run_once(doer)
    assert len(mailbox.drafts()) == 1
