"""A draft belongs to the person as soon as it is there: edited or thrown away, it is left as it is."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from orchestration_project.action.base import Brief
from orchestration_project.action.draft import Draft
from orchestration_project.action.once import Doer
from orchestration_project.healing.breaker import Breaker
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.submissions import make_ref
from orchestration_project.model import Delivery, Receipt, ReceiptStatus
from orchestration_project.playbook.model import Autonomy, Template
from orchestration_project.playbook.tracks import TrackAction
from orchestration_project_tests.action.briefs import PLAYBOOK, a_brief
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.connectors.mail.persons_hands import FORGETTING, KEEPING, MAILBOXES, Mailbox
from orchestration_project_tests.hand_clock import HandClock

pytestmark = pytest.mark.anyio

REF = make_ref("inbox", "0")
ADDRESS = "jane@acme.example"  # the lead's, but for its capital letter
TEMPLATE = Template(file="priority.md", subject="Hello", body="Dear {{ given_name }},\n\nthank you.\n")


@pytest.fixture(params=MAILBOXES.values(), ids=[*MAILBOXES])
def mailbox(request: pytest.FixtureRequest, http: httpx.AsyncClient) -> Generator[Mailbox]:
    with request.param(http, REF, lambda: request.getfixturevalue("pymap_server")) as mailbox:
        yield mailbox


@pytest.fixture
def doer(ledger: Ledger, clock: HandClock, mailbox: Mailbox) -> Doer:
    ledger.submissions.store("inbox", [Delivery(external_id="0", raw=b"{}")])
    ledger.by_hand.take([REF], "run-1", "this process")
    return Doer(
        ledger=ledger,
        tools=tools(mail=mailbox.mail),
        settles=0.0,
        breaker=Breaker(ledger.connections, clock),
        clock=clock,
        run_id="run-1",
    )


def brief(submitted_at: datetime | None = None) -> Brief:
    """Of a lead that came in just now: the mailboxes have a clock of their own, which nobody sets."""
    playbook = PLAYBOOK.model_copy(update={"templates": {TEMPLATE.file: TEMPLATE}})
    at = submitted_at or datetime.now(UTC)
    return a_brief(ref=REF, submitted_at=at).model_copy(update={"playbook": playbook})


async def run_once(doer: Doer, of: Brief | None = None) -> Receipt:
    (lead,) = doer.ledger.claims.carried("run-1")
    return await doer.once(Draft(), TrackAction(action="draft"), of or brief(), Autonomy.DRAFT, lead)


def begin(doer: Doer) -> None:
    """Long ago: what came of it can be looked up now."""
    (lead,) = doer.ledger.claims.carried("run-1")
    assert doer.ledger.receipts.begin(lead, "draft", takes=0, settles=0).go


async def crash(doer: Doer) -> None:
    """The draft was written, and nobody noted it."""
    begin(doer)
    await Draft().act(brief(), doer.tools, doer.clock)


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


@pytest.mark.parametrize("mailbox", FORGETTING.values(), ids=[*FORGETTING], indirect=True)
async def test_an_edited_draft_that_lost_our_headers_is_found_by_its_recipient_and_left_as_it_is(
    doer: Doer, mailbox: Mailbox
) -> None:
    await crash(doer)
    mailbox.edit(keeps_id=False, to=ADDRESS)
    before = mailbox.drafts()
    receipt = await run_once(doer)
    assert receipt.status is ReceiptStatus.DONE
    assert "A draft to this person was found" in receipt.note
    assert receipt.note.endswith("left as it is.")
    assert mailbox.drafts() == before
    # it is followed from now on under what it is called there
    assert receipt.external_id is not None
    assert "another@mail-program.example" in receipt.external_id
    assert await mailbox.mail.find_sent(REF, receipt.external_id) is None


@pytest.mark.parametrize("mailbox", FORGETTING.values(), ids=[*FORGETTING], indirect=True)
async def test_a_draft_to_this_person_from_before_the_lead_came_in_is_another_matter(
    doer: Doer, mailbox: Mailbox
) -> None:
    await crash(doer)
    mailbox.edit(keeps_id=False, to=ADDRESS)
    (before,) = mailbox.drafts()
    later = brief(submitted_at=datetime.now(UTC) + timedelta(hours=1))
    assert "waits" in (await run_once(doer, later)).note.casefold()
    assert len(mailbox.drafts()) == 2
    assert before in mailbox.drafts()


@pytest.mark.parametrize("mailbox", FORGETTING.values(), ids=[*FORGETTING], indirect=True)
async def test_the_draft_of_another_lead_of_this_person_is_another_matter(
    doer: Doer, mailbox: Mailbox
) -> None:
    other = brief().context.lead.model_copy(update={"ref": make_ref("inbox", "1")})
    of_other = brief().model_copy(update={"context": brief().context.model_copy(update={"lead": other})})
    await Draft().act(of_other, doer.tools, doer.clock)
    begin(doer)
    await run_once(doer)
    assert len(mailbox.drafts()) == 2


@pytest.mark.parametrize(
    ("mailbox", "drafts"),
    [*((made, 1) for made in KEEPING.values()), *((made, 2) for made in FORGETTING.values())],
    ids=[*KEEPING, *FORGETTING],
    indirect=["mailbox"],
)
async def test_an_edited_draft_that_nothing_tells_apart_after_a_crash_is_left_beside_a_second(
    doer: Doer, mailbox: Mailbox, drafts: int
) -> None:
    await crash(doer)
    mailbox.edit(keeps_id=False)
    (before,) = mailbox.drafts()
    await run_once(doer)
    assert before in mailbox.drafts()
    # to somebody else and without a header of ours: the lead has two, but no word of a person's is lost
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
