"""An action is carried out exactly once, whatever happened before and whoever else is at it."""

import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio
import pytest

from orchestration_project.action.base import Brief, Tools
from orchestration_project.action.once import Doer
from orchestration_project.errors import PermanentServiceError
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.submissions import make_ref
from orchestration_project.model import Clock, Delivery, NotDone, Receipt, ReceiptStatus, Ref, Written
from orchestration_project.playbook.model import Autonomy, TrackAction
from orchestration_project_tests.action.briefs import a_brief
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.conftest import HandClock

REF = make_ref("inbox", "0")
STEP = TrackAction(action="knock")


@dataclass
class Knock:
    """Writes on a door, which is its outside world; several doors' worth of trouble on request."""

    door: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # the calls, in order
    wrong: list[BaseException] = field(default_factory=list)  # raised by the next acts, before they write
    wrong_after: list[BaseException] = field(default_factory=list)  # raised once they have written
    not_done: NotDone | None = None
    skipped: str | None = None
    key: str | None = None
    meanwhile: Callable[[], Awaitable[None]] | None = None
    name: str = "knock"
    kind: str = "crm"
    needs: Autonomy = Autonomy.INTERNAL
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def lock_key(self, brief: Brief) -> str | None:
        return self.key

    def skip(self, brief: Brief) -> str | None:
        return self.skipped

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        self.asked.append("find")
        return Written(external_id=f"found {brief.ref}") if brief.ref in self.door else None

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written | NotDone:
        self.asked.append("act")
        if self.not_done:
            return self.not_done
        if self.wrong:
            raise self.wrong.pop(0)
        if self.meanwhile:
            await self.meanwhile()
        self.door.append(brief.ref)
        if self.wrong_after:
            raise self.wrong_after.pop(0)
        return Written(
            external_id=f"made {brief.ref}", url="file:///door", note="on the door", conflicts=("phone",)
        )


@pytest.fixture
def doer(ledger: Ledger, clock: HandClock) -> Doer:
    ledger.submissions.store("inbox", [Delivery(external_id=str(number), raw=b"{}") for number in range(4)])
    return Doer(ledger, tools(), clock, "run-1")


def brief(ref: Ref = REF, *receipts: Receipt, consent: bool = True) -> Brief:
    return a_brief(ref=ref, receipts=receipts, consent=consent)


def once(
    doer: Doer,
    action: Knock,
    lead: Brief | None = None,
    *,
    step: TrackAction = STEP,
    autonomy: Autonomy = Autonomy.DRAFT,
) -> Receipt:
    return anyio.run(doer.once, action, step, lead or brief(), autonomy)


def kept(doer: Doer, ref: Ref = REF) -> Receipt | None:
    return doer.ledger.receipts.read_one(ref, "knock")


def test_what_is_new_is_done_without_looking_first(doer: Doer) -> None:
    action = Knock()
    receipt = once(doer, action)
    assert action.asked == ["act"]
    assert receipt == kept(doer)
    assert receipt == Receipt(
        ref=REF,
        action="knock",
        status=ReceiptStatus.DONE,
        external_id=f"made {REF}",
        url="file:///door",
        note="on the door",
        conflicts=("phone",),
    )


def test_what_is_done_is_not_even_looked_for(doer: Doer) -> None:
    first = once(doer, Knock())
    again = Knock(skipped="too late to skip", requires=("task",))
    assert once(doer, again, autonomy=Autonomy.OBSERVE) == first
    assert again.asked == []


def test_after_a_crash_behind_the_act_it_is_found_and_not_done_again(doer: Doer) -> None:
    action = Knock(wrong_after=[RuntimeError("the process died")])
    with pytest.raises(RuntimeError):
        once(doer, action)
    begun = kept(doer)
    assert begun is not None
    assert begun.status is ReceiptStatus.BEGUN
    receipt = once(doer, action)
    assert action.asked == ["act", "find"]
    assert action.door == [REF]
    assert (receipt.status, receipt.external_id) == (ReceiptStatus.DONE, f"found {REF}")


def test_after_a_crash_before_the_act_it_is_looked_for_and_then_done(doer: Doer) -> None:
    action = Knock(wrong=[RuntimeError("the process died")])
    with pytest.raises(RuntimeError):
        once(doer, action)
    assert once(doer, action).status is ReceiptStatus.DONE
    assert action.asked == ["act", "find", "act"]
    assert action.door == [REF]


def test_a_failure_is_noted_raised_and_looked_behind_next_time(doer: Doer) -> None:
    refused = PermanentServiceError("CRM", "the field is gone.", "Mend it.")
    action = Knock(wrong_after=[refused])
    with pytest.raises(PermanentServiceError):
        once(doer, action)
    failed = kept(doer)
    assert failed is not None
    assert (failed.status, failed.error) == (ReceiptStatus.FAILED, "CRM: the field is gone. Mend it.")
    done = once(doer, action)
    assert (done.status, done.error) == (ReceiptStatus.DONE, None)
    assert action.door == [REF], "it had been written although it failed"


def test_the_receipt_is_begun_while_the_action_acts(doer: Doer) -> None:
    seen: list[ReceiptStatus] = []

    async def look() -> None:
        receipt = kept(doer)
        seen.extend([receipt.status] if receipt else [])

    once(doer, Knock(meanwhile=look))
    assert seen == [ReceiptStatus.BEGUN]


def test_without_enough_autonomy_it_is_only_planned(doer: Doer) -> None:
    action = Knock(needs=Autonomy.DRAFT)
    receipt = once(doer, action, autonomy=Autonomy.INTERNAL)
    assert (receipt.status, receipt.note) == (
        ReceiptStatus.PLANNED,
        "autonomy is internal; this needs draft",
    )
    assert action.asked == []
    assert once(doer, action, autonomy=Autonomy.DRAFT).status is ReceiptStatus.DONE
    assert action.door == [REF]


def test_a_rule_that_skips_it_is_written_on_the_receipt(doer: Doer) -> None:
    action = Knock(skipped="left no e-mail address")
    receipt = once(doer, action)
    assert (receipt.status, receipt.note) == (ReceiptStatus.SKIPPED, "left no e-mail address")
    assert action.asked == []
    action.skipped = None
    assert once(doer, action).status is ReceiptStatus.DONE


@pytest.mark.parametrize("status", [ReceiptStatus.PLANNED, ReceiptStatus.SKIPPED])
def test_what_an_action_learns_outside_can_hold_it_back(doer: Doer, status: ReceiptStatus) -> None:
    later = doer.clock()
    action = Knock(not_done=NotDone.model_validate({"status": status, "note": "not yet", "until": later}))
    receipt = once(doer, action)
    assert receipt == kept(doer)
    assert receipt == Receipt(ref=REF, action="knock", status=status, note="not yet", until=later)
    action.not_done = None
    assert once(doer, action).status is ReceiptStatus.DONE
    assert action.asked == ["act", "find", "act"]


def test_what_another_run_did_while_this_one_waited_is_not_done_again(doer: Doer, clock: HandClock) -> None:
    """Two runs for one lead: a person has started the second while the first was at it."""
    acting = anyio.Event()
    waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"

    async def until_the_other_waits() -> None:
        acting.set()
        while True:
            with doer.ledger.engine.connect() as connection:
                if connection.exec_driver_sql(waits).scalar_one():
                    return
            await anyio.lowlevel.checkpoint()
            await anyio.to_thread.run_sync(lambda: None)

    async def both() -> list[Receipt]:
        receipts: list[Receipt] = []
        other = Doer(open_ledger(doer.ledger.engine, clock), tools(), clock, "run-2")

        async def go(each: Doer, action: Knock) -> None:
            receipts.append(await each.once(action, STEP, brief(), Autonomy.DRAFT))

        with anyio.fail_after(30):
            async with anyio.create_task_group() as group:
                group.start_soon(go, doer, first)
                await acting.wait()
                group.start_soon(go, other, second)
        return receipts

    first, second = Knock(key="jane", meanwhile=until_the_other_waits), Knock(key="jane")
    one, two = anyio.run(both)
    assert one == two == kept(doer)
    assert (first.asked, second.asked) == (["act"], [])


@pytest.mark.parametrize(
    ("only", "consent", "status"),
    [
        ("with_consent", True, ReceiptStatus.DONE),
        ("with_consent", False, ReceiptStatus.SKIPPED),
        ("without_consent", True, ReceiptStatus.SKIPPED),
        ("without_consent", False, ReceiptStatus.DONE),
    ],
)
def test_consent_decides_where_the_playbook_says_so(
    doer: Doer, only: str, consent: bool, status: ReceiptStatus
) -> None:
    step = TrackAction.model_validate({"action": "knock", "only": only})
    action = Knock()
    receipt = once(doer, action, brief(consent=consent), step=step)
    assert receipt.status is status
    assert action.asked == (["act"] if status is ReceiptStatus.DONE else [])


@pytest.mark.parametrize("status", [None, *ReceiptStatus])
def test_it_waits_for_what_it_builds_on(doer: Doer, status: ReceiptStatus | None) -> None:
    action = Knock(requires=("crm_contact",))
    others = [] if status is None else [Receipt(ref=REF, action="crm_contact", status=status)]
    receipt = once(doer, action, brief(REF, *others))
    if status is ReceiptStatus.DONE:
        assert receipt.status is ReceiptStatus.DONE
    else:
        assert (receipt.status, receipt.note) == (ReceiptStatus.PLANNED, "waits for crm_contact")
        assert action.asked == []


@pytest.mark.parametrize("key", ["jane@acme.example", None])
def test_two_leads_with_the_same_key_act_one_after_the_other(
    doer: Doer, clock: HandClock, key: str | None
) -> None:
    """Also when two processes have them: each doer has a ledger of its own."""
    inside = most = 0
    together = anyio.Event()

    async def stay() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        if key is None and inside < 2:
            await together.wait()  # without a key the other one comes in meanwhile
        together.set()
        for _ in range(50):
            await anyio.lowlevel.checkpoint()
        await anyio.to_thread.run_sync(lambda: None)
        inside -= 1

    async def both() -> None:
        nonlocal together
        together = anyio.Event()
        other = Doer(open_ledger(doer.ledger.engine, clock), tools(), clock, "run-2")
        with anyio.fail_after(30):
            async with anyio.create_task_group() as group:
                for each, external_id in ((doer, "1"), (other, "2")):
                    action = Knock(key=key, meanwhile=stay)
                    lead = brief(make_ref("inbox", external_id))
                    group.start_soon(each.once, action, STEP, lead, Autonomy.DRAFT)

    anyio.run(both)
    assert most == (2 if key is None else 1)


def test_the_key_is_let_go_when_the_action_fails(doer: Doer) -> None:
    action = Knock(key="jane", wrong=[PermanentServiceError("CRM", "no.", "")])
    with pytest.raises(PermanentServiceError):
        once(doer, action)
    finished: list[Receipt] = []
    thread = threading.Thread(target=lambda: finished.append(once(doer, action)), daemon=True)
    thread.start()
    thread.join(20)
    assert [receipt.status for receipt in finished] == [ReceiptStatus.DONE]
