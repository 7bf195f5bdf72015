"""What keeps leads on their way: connections that were away are asked again, and whoever waited goes on."""

import os
import threading
from datetime import timedelta
from typing import Any

import anyio
import dagster as dg
import pytest

from orchestration_project.action.draft import Draft
from orchestration_project.connectors import chat
from orchestration_project.connectors.base import Health
from orchestration_project.definitions import build_definitions
from orchestration_project.errors import PlaybookError, TransientServiceError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.healing.fate import PLAYBOOK
from orchestration_project.ledger.connections import ConnectionState
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.model import Delivery, Ref
from orchestration_project.orchestration import decision_ops, dispatch
from orchestration_project.process import myself
from orchestration_project_tests.fakes.flaky import FlakyChat, Script, refused
from orchestration_project_tests.orchestration.conftest import World

Payload = dict[str, Any]


def keep_going(world: World) -> tuple[Ref, ...]:
    with world.dispatcher() as dispatcher:
        return dispatcher.keep_going()


def claimed(world: World) -> list[tuple[Ref, ...]]:
    with world.dispatcher() as dispatcher:
        return [claim.refs for claim in dispatcher.claims()]


def state(world: World, name: str = "chat") -> ConnectionState:
    return world.ledger.connections.read().get(name, ConnectionState(name=name))


def open_connection(world: World, name: str = "chat", error: Exception | None = None) -> ConnectionState:
    """As a run finds out that it is away."""
    Breaker(world.ledger.connections, world.clock).failed(name, error or refused(), None)
    return state(world, name)


def leads_that_wait(world: World, number: int, name: str = "chat") -> tuple[Ref, ...]:
    """For that connection, each having been in a run."""
    refs = world.submit(*({"id": f"w{i}", "email": f"ana{i}@reed.example"} for i in range(number)))
    for claim in world.ledger.claims.claim(max_leads=1, max_runs=number):
        for lead in world.ledger.claims.start(claim, "a run", myself()):
            wait = Wait(explanation=f"{name} is away.", waiting_for=name)
            world.ledger.outcomes.wait(lead, wait, "a run")
    return refs


def go_on(world: World, refs: tuple[Ref, ...]) -> bool:
    return all(world.lead(ref).waiting_for is None and world.lead(ref).try_at is not None for ref in refs)


def test_a_connection_that_is_well_again_lets_one_lead_try_and_then_all_go_on(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    refs = world.submit(
        *(nurture_lead | {"id": f"n{i}", "email": f"tom{i}@rees-studio.example"} for i in range(5))
    )
    flaky_chat.away = refused()
    world.run(patience=5)
    assert {(lead.status, lead.waiting_for) for lead in map(world.lead, refs)} == {("waiting", "chat")}
    others = [action for ref in refs for action in world.lead(ref).actions if action.action != "chat"]
    assert {action.status for action in others} == {"done", "skipped"}, "what can be done is done"
    assert (state(world).state, state(world).why, flaky_chat.asked) == ("open", "refused", 0)

    keep_going(world)
    assert flaky_chat.asked == 0, "it is not time yet"
    for asked in (1, 2, 3):
        world.clock.forward(seconds=61)
        keep_going(world)
        assert (flaky_chat.asked, state(world).state, state(world).probes) == (asked, "open", asked)
        assert claimed(world) == [], "no lead burns a try"
    assert world.instance.get_runs_count() == 1

    flaky_chat.away = None
    world.clock.forward(seconds=61)
    keep_going(world)
    assert state(world).state == "half_open"
    assert any("chat answers again" in words for words in world.said)
    with world.dispatcher() as dispatcher:
        (trial,) = dispatcher.claims()
        assert trial.refs == refs[:1], "the oldest"
        dispatcher.keep_going()
        assert dispatcher.claims() == (), "only one at a time"
        world.execute(trial)
    assert state(world).state == "closed"
    assert world.lead(refs[0]).status == "done"

    world.run(patience=1)
    assert {world.lead(ref).status for ref in refs} == {"done"}
    assert sorted(flaky_chat.posted) == sorted(refs)


def test_a_trial_that_fails_puts_the_next_one_off(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    """It answers when it is asked how it is, and fails at its work."""
    one, two = world.submit(nurture_lead, nurture_lead | {"id": "n2", "email": "ana@rees-studio.example"})
    flaky_chat.failures = [refused()] * 2
    world.run(patience=5)
    assert state(world).state == "open"
    world.clock.forward(seconds=61)
    world.run(patience=0)
    assert (state(world).state, flaky_chat.asked) == ("open", 1)
    assert {world.lead(ref).status for ref in (one, two)} == {"waiting"}
    world.clock.forward(seconds=61)
    world.run(patience=1)
    assert {world.lead(ref).status for ref in (one, two)} == {"done"}


def test_the_lead_on_trial_is_not_lost_with_its_run(world: World, flaky_chat: Script) -> None:
    refs = leads_that_wait(world, 2)
    open_connection(world)
    world.clock.forward(seconds=61)
    keep_going(world)
    assert claimed(world) == [refs[:1]]
    world.clock.forward(seconds=61)
    assert keep_going(world) == refs[:1], "Dagster never got to know that run"
    assert refs[:1] in claimed(world)
    assert state(world).state == "half_open"


def test_a_lead_with_a_time_of_its_own_does_not_hold_up_the_trial(world: World, flaky_chat: Script) -> None:
    """One that was done for now waits for the connection and for its time, whichever comes first."""
    later, now = leads_that_wait(world, 2)
    world.sql(
        "UPDATE leads.work SET try_at = %s WHERE lead_id = (SELECT id FROM leads.submissions WHERE ref = %s)",
        world.clock() + timedelta(hours=1),
        later,
    )
    open_connection(world)
    world.clock.forward(seconds=61)
    keep_going(world)
    assert claimed(world) == [(now,)]


def test_two_dispatchers_ask_once(world: World, flaky_chat: Script) -> None:
    leads_that_wait(world, 1)
    open_connection(world)
    flaky_chat.away = refused()
    world.clock.forward(seconds=61)
    start = threading.Barrier(2)
    with world.dispatcher() as dispatcher:

        def look() -> None:
            start.wait(10)
            dispatcher.keep_going()

        threads = [threading.Thread(target=look) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert flaky_chat.asked == 1
    assert state(world).probes == 1


def test_a_connection_for_which_nobody_waits_is_closed_by_its_probe(world: World, flaky_chat: Script) -> None:
    open_connection(world)
    world.clock.forward(seconds=11)
    keep_going(world)
    assert state(world).state == "closed"


def test_the_service_s_own_word_is_waited_for_however_long(world: World, flaky_chat: Script) -> None:
    open_connection(world, "chat", TransientServiceError("Chat", "too much.", retry_after=1800))
    world.clock.forward(seconds=1790)
    keep_going(world)
    assert flaky_chat.asked == 0
    world.clock.forward(seconds=11)
    keep_going(world)
    assert flaky_chat.asked == 1


def test_a_connection_without_its_secret_says_what_it_lacks(world: World) -> None:
    world.edit_playbook(
        "connections.yaml", "chat: {connector: file}", "chat: {connector: slack, channel: C0123456789}"
    )
    open_connection(world)
    world.clock.forward(seconds=11)
    keep_going(world)
    assert state(world).state == "open"
    assert "SLACK_TOKEN" in state(world).said


def test_a_probe_that_is_not_answered_holds_nobody_up(
    world: World, flaky_chat: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: FlakyChat) -> Health:
        await anyio.sleep_forever()
        raise AssertionError("unreachable")

    monkeypatch.setattr(FlakyChat, "check", never)
    monkeypatch.setattr(dispatch, "PROBE_SECONDS", 0.01)
    open_connection(world)
    world.clock.forward(seconds=11)
    keep_going(world)
    assert state(world).state == "open"
    assert "did not answer" in state(world).said


def test_a_form_source_is_asked_by_its_own_sensor_and_by_nobody_else(world: World) -> None:
    before = open_connection(world, "form_source inbox")
    world.clock.forward(hours=1)
    keep_going(world)
    assert state(world, "form_source inbox") == before


def touch(world: World) -> None:
    """Somebody has saved the rules as they were, or copied them from elsewhere."""
    moment = (world.clock() + timedelta(minutes=1)).timestamp()
    for path in world.playbook_folder.rglob("*"):
        os.utime(path, (moment, moment))


def test_what_the_rules_do_not_cover_waits_until_somebody_edits_them(
    world: World, nurture_lead: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ref,) = world.submit(nurture_lead)

    def hole(*_: object) -> None:
        raise PlaybookError("playbook.yaml: no track takes a lead with score 5.")

    with monkeypatch.context() as rules:
        rules.setattr(decision_ops, "route_lead", hole)
        world.run(patience=5)
    assert (world.lead(ref).status, world.lead(ref).waiting_for) == ("waiting", PLAYBOOK)
    assert "no track takes a lead" in world.lead(ref).explanation
    assert state(world, PLAYBOOK).version == world.playbook().version
    world.clock.forward(minutes=5)
    touch(world)
    world.run(patience=0)
    assert world.instance.get_runs_count() == 1, "the same rules would say the same, whenever they were saved"
    world.edit_playbook("ideal_customer.md", "a", "A")
    os.utime(world.playbook_folder / "ideal_customer.md", (0, 0))  # taken out of an archive
    world.clock.forward(minutes=2)
    world.run(patience=0)
    assert state(world, PLAYBOOK).state == "closed"
    assert world.lead(ref).status == "done"


def test_rules_that_were_edited_and_are_broken_let_nobody_go_on(world: World) -> None:
    refs = leads_that_wait(world, 1, PLAYBOOK)
    open_connection(world, PLAYBOOK, PlaybookError("playbook.yaml: no track takes it."))
    with world.dispatcher() as dispatcher:  # of a code server that has loaded the rules before
        world.edit_playbook("playbook.yaml", "autonomy: draft", "autonomy: everything")
        world.clock.forward(minutes=5)
        dispatcher.keep_going()
        assert state(world, PLAYBOOK).state == "open"
        assert not go_on(world, refs)
        world.edit_playbook("playbook.yaml", "autonomy: everything", "autonomy: internal")
        world.clock.forward(minutes=5)
        dispatcher.keep_going()
    assert go_on(world, refs)


def test_rules_that_were_edited_while_a_run_still_had_the_older_ones_are_tried_at_once(world: World) -> None:
    """What did not cover the lead were the older ones, though it was found out afterwards."""
    refs = leads_that_wait(world, 1, PLAYBOOK)
    before = world.playbook().version
    world.edit_playbook("ideal_customer.md", "a", "A")
    world.clock.forward(minutes=1)
    breaker = Breaker(world.ledger.connections, world.clock, before)
    breaker.failed("chat", PlaybookError("playbook.yaml: no track takes it."), refs[0])
    world.clock.forward(minutes=1)
    keep_going(world)
    assert go_on(world, refs)


def test_a_connection_that_was_mended_in_its_line_is_asked_as_the_line_is_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a code location that was loaded before: its sensors read the playbook anew when it has changed."""
    monkeypatch.setitem(chat.TABLE, "flaky", "orchestration_project_tests.fakes.flaky:FlakyChat")
    monkeypatch.setattr(FlakyChat, "script", Script(failures=[refused()] * 99))
    world.edit_playbook("connections.yaml", "chat: {connector: file}", "chat: {connector: flaky}")
    with world.surroundings():
        definitions = build_definitions(
            database_url=world.database_url, home=str(world.home), clock=world.clock
        )
        refs = leads_that_wait(world, 1)
        open_connection(world)
        world.edit_playbook("connections.yaml", "chat: {connector: flaky}", "chat: {connector: file}")
        world.clock.forward(minutes=2)
        with dg.build_sensor_context(
            instance=world.instance, resources=definitions.resources, sensor_name="dispatcher"
        ) as context:
            definitions.resolve_sensor_def("dispatcher")(context)
    assert state(world).state != "open"
    assert world.lead(refs[0]).status == "running", "it was handed out"


def test_an_action_that_the_rules_do_not_cover_waits_for_them_and_the_others_are_done(
    world: World, priority_lead: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A draft that cannot be filled is no service that is away: to try it every few seconds mends nothing."""
    (ref,) = world.submit(priority_lead)

    async def hole(*_: object) -> None:
        raise PlaybookError("drafts/priority.md: the subject is empty for this lead.")

    with monkeypatch.context() as rules:
        rules.setattr(Draft, "act", hole)
        world.run(patience=5)
        runs = world.instance.get_runs_count()
        world.clock.forward(minutes=30)
        world.run(patience=5)
    assert world.instance.get_runs_count() == runs == 1
    lead = world.lead(ref)
    assert (lead.status, lead.waiting_for, lead.try_at) == ("waiting", PLAYBOOK, None)
    assert "the subject is empty" in lead.explanation
    assert {action.action for action in lead.actions if action.status == "done"} >= {"crm_contact", "task"}
    world.edit_playbook("drafts/priority.md", "subject:", "subject: Re")
    world.clock.forward(minutes=2)
    world.run(patience=60)
    assert world.lead(ref).status == "done"


def test_a_mistake_in_the_rules_is_not_put_on_the_service_that_would_have_been_used(world: World) -> None:
    open_connection(world, "mail", PlaybookError("drafts/priority.md: it has no subject."))
    assert (state(world, "mail").state, state(world, PLAYBOOK).state) == ("closed", "open")


def test_whoever_waits_for_what_is_well_or_is_no_more_goes_on(world: World) -> None:
    """The process that should have said so died in between, or the line was taken out."""
    well, gone = leads_that_wait(world, 2)
    world.sql("UPDATE leads.work SET waiting_for = 'fax' WHERE lead_id = 2")
    keep_going(world)
    assert go_on(world, (well, gone))
    assert claimed(world) == [(well,), (gone,)]


def test_a_lead_that_waited_too_long_needs_a_person(world: World) -> None:
    (ref,) = leads_that_wait(world, 1)
    open_connection(world)
    world.clock.forward(days=2.9)
    keep_going(world)
    assert world.lead(ref).status == "waiting"
    world.clock.forward(days=0.2)
    keep_going(world)
    lead = world.lead(ref)
    assert (lead.status, lead.waiting_for) == ("needs_person", None)
    assert lead.explanation == "It has waited for 3 days. chat is away."
    assert any(ref in words for words in world.said)
    assert claimed(world) == []
    world.ledger.by_hand.replay([ref])
    keep_going(world)
    assert claimed(world) == [(ref,)], "its patience begins anew"


def test_how_long_is_too_long_the_playbook_says(world: World) -> None:
    world.edit_playbook("playbook.yaml", "keep_trying_days: 3", "keep_trying_days: 0.5")
    (ref,) = leads_that_wait(world, 1)
    open_connection(world)
    world.clock.forward(hours=13)
    keep_going(world)
    assert world.lead(ref).explanation.startswith("It has waited for 0.5 days.")


def test_what_was_done_for_now_without_the_ai_is_done_after_so_long(world: World) -> None:
    (ref,) = leads_that_wait(world, 1, "ai")
    world.sql("UPDATE leads.work SET rescore = true")
    open_connection(world, "ai")
    world.clock.forward(days=3.1)
    keep_going(world)
    assert (world.lead(ref).status, world.lead(ref).explanation) == ("done", "")


def test_a_revision_that_nobody_has_read_is_read(world: World) -> None:
    """The process that stored it died before it could say whose it is."""
    (ref,) = world.submit({"id": "1", "email": "ana@reed.example", "message": "Hello"})
    newer = b'{"id": "1", "email": "ana@reed.example", "message": "Hello, and one more thing."}'
    (stored,) = world.ledger.submissions.store("inbox", [Delivery(external_id="1", raw=newer)])
    assert stored.revised
    world.run()
    normalised = world.ledger.stories.tell(ref).normalised
    assert normalised is not None and normalised.message == "Hello, and one more thing."
