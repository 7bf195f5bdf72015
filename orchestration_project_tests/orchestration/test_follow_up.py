"""What a person does with a draft, and a time that passes, reach the CRM through the real sensor and job."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from orchestration_project.clock import utc_now
from orchestration_project.connectors.calendar.ics_format import event_file
from orchestration_project.connectors.calendar.interface import Hold
from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.connectors.mail.outbox import SENT, WAITING, Outbox
from orchestration_project.errors import RefusedForNow, TransientServiceError
from orchestration_project.model import Ref
from orchestration_project.orchestration.ticks import TickFailed
from orchestration_project_tests.orchestration.conftest import World

Payload = dict[str, Any]


def tick(world: World, cursor: str | None = None) -> dg.SensorResult:
    definitions = world.definitions()
    with dg.build_sensor_context(
        instance=world.instance, cursor=cursor, resources=definitions.resources, sensor_name="follow_up"
    ) as context:
        answer = definitions.resolve_sensor_def("follow_up")(context)
    assert isinstance(answer, dg.SensorResult)
    return answer


def follow_up(world: World, cursor: str | None = None) -> dg.ExecuteInProcessResult | None:
    """A tick, and the run that it asks for."""
    requests = tick(world, cursor).run_requests or []
    if not requests:
        return None
    (request,) = requests
    assert request.run_key is None
    job = world.definitions().get_job_def(str(request.job_name))
    return job.execute_in_process(
        run_config=request.run_config, tags=dict(request.tags), instance=world.instance, raise_on_error=False
    )


def actions(world: World, ref: Ref) -> dict[str, tuple[str, str]]:
    return {line.action: (line.status, line.error or line.note) for line in world.lead(ref).actions}


def activities(world: World) -> list[dict[str, Any]]:
    return world.sql("SELECT * FROM local_crm.activities ORDER BY id")


def send(world: World, ref: Ref) -> None:
    """A person has sent the draft."""
    (path,) = (world.home / "outbox" / WAITING).glob(f"*{ref}*.eml")
    (world.home / "outbox" / SENT).mkdir(exist_ok=True)
    path.rename(world.home / "outbox" / SENT / path.name)


def move_hold(world: World, ref: Ref, start: datetime) -> None:
    """A person has moved the hold."""
    (path,) = (world.home / "calendar").glob(f"*{ref}*.ics")
    moved = Hold(key=ref, start=start, end=start + timedelta(minutes=30), title="moved", description="")
    domain = path.read_text().split("UID:")[1].splitlines()[0].partition("@")[2]
    path.write_bytes(event_file(moved, domain, start))


def accept(world: World, ref: Ref, email: str = "Maeve@harbour-joinery.example") -> None:
    """The owner has invited the lead to the hold, and the lead said yes."""
    (path,) = (world.home / "calendar").glob(f"*{ref}*.ics")
    answer = f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{email}\r\nEND:VEVENT".encode()
    path.write_bytes(path.read_bytes().replace(b"END:VEVENT", answer))


def let_the_time_pass(world: World, ref: Ref, *, moved: bool = True, accepted: bool = True) -> None:
    """As if the run had been yesterday: hold and receipt are of then."""
    yesterday = utc_now().replace(microsecond=0) - timedelta(days=1)
    if moved:
        move_hold(world, ref, yesterday)
    if accepted:
        accept(world, ref)
    world.sql(
        "UPDATE leads.receipts SET until = %s WHERE action = 'calendar_hold'",
        yesterday + timedelta(minutes=30),
    )


def failures(world: World, result: dg.ExecuteInProcessResult) -> str:
    return "\n".join(
        event.dagster_event.step_failure_data.error.message
        for event in world.instance.all_logs(result.run_id)
        if event.dagster_event and event.dagster_event.event_type is dg.DagsterEventType.STEP_FAILURE
        if event.dagster_event.step_failure_data.error
    )


@pytest.fixture
def ref(world: World, priority_lead: Payload) -> Ref:
    """A lead that has everything its track lists."""
    (ref,) = world.submit(priority_lead)
    world.run()
    assert world.lead(ref).status == "done"
    return ref


def test_a_draft_that_a_person_has_sent_is_logged_in_the_crm(world: World, ref: Ref) -> None:
    waiting = tick(world)
    assert (waiting.run_requests, waiting.cursor) == ([], ref)
    assert "1 drafts" in str(waiting.skip_reason)
    send(world, ref)
    result = follow_up(world)
    assert result is not None and result.success
    (logged,) = activities(world)
    assert (logged["kind"], logged["key"]) == ("mail", f"{ref}-mail")
    assert logged["title"] and "Maeve" in logged["body"]
    status, note = actions(world, ref)["sent_mail"]
    assert status == "done" and note.startswith("sent ")
    assert "sent_mail done" in [event.event for event in world.ledger.stories.tell(ref).events]
    assert world.lead(ref).status == "done", "a follow-up does not open the lead again"


def test_it_is_logged_once_and_then_nobody_asks_again(world: World, ref: Ref) -> None:
    send(world, ref)
    request = (tick(world).run_requests or [])[0]
    job = world.definitions().get_job_def("follow_up")
    for _ in range(2):
        assert job.execute_in_process(run_config=request.run_config, instance=world.instance).success
    assert len(activities(world)) == 1
    assert "No draft waits" in str(tick(world).skip_reason)
    assert world.sql("SELECT action FROM leads.receipts WHERE followed_up") == [{"action": "draft"}]


def test_one_follow_up_can_be_held_back_and_the_other_goes_on(world: World, ref: Ref) -> None:
    world.edit_playbook(
        "playbook.yaml", "autonomy: draft", "autonomy: draft\naction_autonomy: {sent_mail: observe}"
    )
    send(world, ref)
    follow_up(world)
    assert actions(world, ref)["sent_mail"][0] == "planned"
    let_the_time_pass(world, ref)
    follow_up(world)
    assert actions(world, ref)["call"][0] == "done"
    assert [logged["kind"] for logged in activities(world)] == ["call"]


def test_after_a_crash_between_logging_and_its_record_it_is_found(world: World, ref: Ref) -> None:
    send(world, ref)
    follow_up(world)
    world.sql(
        "UPDATE leads.receipts SET status = 'begun', changed_at = changed_at - interval '1 hour' "
        "WHERE action = 'sent_mail'"
    )
    result = follow_up(world)
    assert result is not None and result.success
    assert len(activities(world)) == 1
    assert actions(world, ref)["sent_mail"][0] == "done"


def test_a_call_that_the_lead_agreed_to_is_logged_when_its_time_has_passed(world: World, ref: Ref) -> None:
    let_the_time_pass(world, ref)
    result = follow_up(world)
    assert result is not None and result.success
    (logged,) = activities(world)
    assert (logged["kind"], logged["key"], logged["minutes"]) == ("call", f"{ref}-call", 30)
    assert "Maeve O'Brien" in logged["title"]
    assert actions(world, ref)["call"][0] == "done"
    assert follow_up(world) is None


def test_a_time_held_with_nobody_invited_is_no_call_until_a_person_says_so(world: World, ref: Ref) -> None:
    let_the_time_pass(world, ref, accepted=False)
    result = follow_up(world)
    assert result is not None and result.success
    status, note = actions(world, ref)["call"]
    assert (status, f"`leads called {ref}`" in note) == ("skipped", True)
    assert activities(world) == []
    assert follow_up(world) is None, "it is not asked for again and again"

    world.ledger.follow_ups.report_call(ref, took_place=True)
    result = follow_up(world)
    assert result is not None and result.success
    (logged,) = activities(world)
    assert (logged["kind"], logged["minutes"]) == ("call", 30)
    assert actions(world, ref)["call"][0] == "done"
    assert follow_up(world) is None


def test_a_call_of_which_a_person_tells_while_the_crm_is_away_is_logged_later(
    world: World, ref: Ref, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: LocalCrm, *_arguments: object) -> None:
        raise RefusedForNow("local CRM", "is not there.")

    world.ledger.follow_ups.report_call(ref, took_place=True)
    with monkeypatch.context() as crm:
        crm.setattr(LocalCrm, "log_activity", away)
        assert follow_up(world) is not None
    assert actions(world, ref)["call"][0] == "waiting"
    world.clock.forward(seconds=11)
    world.run(patience=0)
    assert follow_up(world) is not None
    assert [logged["kind"] for logged in activities(world)] == ["call"], "the word is not forgotten"


def test_a_call_that_a_person_moved_is_logged_at_its_new_time(world: World, ref: Ref) -> None:
    let_the_time_pass(world, ref, moved=False)
    result = follow_up(world)
    assert result is not None and result.success
    status, note = actions(world, ref)["call"]
    assert status == "planned" and note.startswith("was moved to ")
    assert activities(world) == []
    assert follow_up(world) is None, "its new time is still to come"


def test_a_call_that_a_person_took_out_of_the_calendar_is_not_logged(world: World, ref: Ref) -> None:
    let_the_time_pass(world, ref)
    for path in (world.home / "calendar").iterdir():
        path.unlink()
    follow_up(world)
    assert actions(world, ref)["call"] == ("skipped", "its time was taken out of the calendar")
    assert activities(world) == []
    assert follow_up(world) is None


@pytest.mark.parametrize("what", [send, let_the_time_pass])
def test_under_observe_it_is_planned_once_and_done_when_autonomy_allows(
    world: World, ref: Ref, what: Callable[[World, Ref], None]
) -> None:
    what(world, ref)
    world.edit_playbook("playbook.yaml", "autonomy: draft", "autonomy: observe")
    name = "sent_mail" if what is send else "call"
    result = follow_up(world)
    assert result is not None and result.success
    assert actions(world, ref)[name] == ("planned", "autonomy is observe; this needs internal")
    assert activities(world) == []
    assert follow_up(world) is None
    world.edit_playbook("playbook.yaml", "autonomy: observe", "autonomy: draft")
    follow_up(world)
    assert actions(world, ref)[name][0] == "done"
    assert len(activities(world)) == 1


def test_a_contact_that_was_deleted_is_told_nothing_and_the_receipt_says_why(world: World, ref: Ref) -> None:
    send(world, ref)
    world.sql("DELETE FROM local_crm.contacts")
    result = follow_up(world)
    assert result is not None and result.success
    (line,) = [line for line in world.lead(ref).actions if line.action == "sent_mail"]
    assert (line.status, "is not there" in line.note) == ("skipped", True)
    assert follow_up(world) is None


def test_a_crm_that_is_away_is_told_when_it_is_well_again(
    world: World, ref: Ref, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: LocalCrm, *_arguments: object) -> None:
        raise RefusedForNow("local CRM", "is not there.")

    send(world, ref)
    with monkeypatch.context() as crm:
        crm.setattr(LocalCrm, "log_activity", away)
        result = follow_up(world)
    assert result is not None and not result.success
    assert "tried again by itself" in failures(world, result)
    assert actions(world, ref)["sent_mail"][0] == "waiting"
    assert "The CRM is away" in str(tick(world).skip_reason)
    world.clock.forward(seconds=11)
    world.run(patience=0)  # the dispatcher finds out that it is well
    result = follow_up(world)
    assert result is not None and result.success
    assert actions(world, ref)["sent_mail"][0] == "done"
    assert len(activities(world)) == 1


def test_one_lead_whose_contact_is_gone_holds_up_no_other(
    world: World, priority_lead: Payload, nurture_lead: Payload
) -> None:
    other = nurture_lead | {"consent": False}
    refs = world.submit(priority_lead, other)
    world.run()
    for ref in refs:
        send(world, ref)
    world.sql("DELETE FROM local_crm.contacts WHERE person_key LIKE '%%maeve%%'")
    result = follow_up(world)
    assert result is not None and result.success
    assert [actions(world, ref)["sent_mail"][0] for ref in refs] == ["skipped", "done"]


def test_a_mistake_of_ours_is_noted_and_not_met_again_every_minute(world: World, ref: Ref) -> None:
    send(world, ref)
    world.sql("UPDATE leads.facts SET value = '{}' WHERE kind = 'Context'")
    result = follow_up(world)
    assert result is not None and not result.success
    assert actions(world, ref)["sent_mail"] == ("failed", "an unexpected ValidationError.")
    assert follow_up(world) is None


def test_a_lead_that_was_erased_since_the_tick_is_left_out(world: World, ref: Ref) -> None:
    send(world, ref)
    request = (tick(world).run_requests or [])[0]
    world.sql("DELETE FROM leads.submissions")
    job = world.definitions().get_job_def("follow_up")
    assert job.execute_in_process(run_config=request.run_config, instance=world.instance).success


def test_a_mail_system_that_is_away_fails_the_tick_in_words(
    world: World, ref: Ref, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: Outbox, key: str, draft_id: str) -> None:
        raise TransientServiceError("Outbox", "it is away.", "Wait.")

    monkeypatch.setattr(Outbox, "find_sent", away)
    with pytest.raises(TickFailed, match=r"No draft could be asked for\. Outbox: it is away\. Wait\."):
        tick(world)
    let_the_time_pass(world, ref)
    assert follow_up(world) is not None, "calls do not wait for the mail system"


def test_a_draft_that_cannot_be_asked_for_holds_up_no_other(
    world: World, priority_lead: Payload, nurture_lead: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = world.submit(priority_lead, nurture_lead | {"consent": False})
    world.run()
    send(world, good)
    real = Outbox.find_sent

    async def find_sent(self: Outbox, key: str, draft_id: str) -> Any:
        if key == bad:
            raise TransientServiceError("Outbox", "it is away.", "Wait.")
        return await real(self, key, draft_id)

    monkeypatch.setattr(Outbox, "find_sent", find_sent)
    follow_up(world)
    assert "sent_mail" not in actions(world, bad)
    assert actions(world, good)["sent_mail"][0] == "done"


def test_while_a_follow_up_is_under_way_the_next_one_waits(world: World, ref: Ref) -> None:
    send(world, ref)
    (request,) = tick(world).run_requests or []
    run = world.instance.create_run_for_job(
        world.definitions().get_job_def("follow_up"),
        run_config=request.run_config,
        status=dg.DagsterRunStatus.STARTED,
    )
    assert "still under way" in str(tick(world, "before").skip_reason)
    world.instance.report_run_failed(run)
    assert follow_up(world) is not None


def test_follow_ups_carry_refs_and_no_people(world: World, ref: Ref) -> None:
    send(world, ref)
    let_the_time_pass(world, ref)
    for _ in range(2):
        assert follow_up(world) is not None
    assert {entry["kind"] for entry in activities(world)} == {"mail", "call"}
    runs = [run for run in world.instance.get_runs() if run.job_name == "follow_up"]
    assert [dict(run.tags)["leads/ref"] for run in runs] == [ref, ref]
    told = json.dumps(
        [str(event) for run in runs for event in world.instance.all_logs(run.run_id)]
        + [json.dumps([run.run_config, dict(run.tags)]) for run in runs]
    )
    for personal in ("Maeve", "O'Brien", "harbour-joinery", "VAT deadline"):
        assert personal not in told
