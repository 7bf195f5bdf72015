"""A submission's whole way through the real job, with the embedded connectors.

What the job makes of failures is `test_intake_failures.py`.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg
import pytest

from orchestration_project import definitions
from orchestration_project.connectors import folder, mail
from orchestration_project.intake import take_in
from orchestration_project.model import Delivery
from orchestration_project.orchestration.executor import side_by_side_executor
from orchestration_project.orchestration.own_output import is_passed_on_later
from orchestration_project_tests.fakes.meeting import Meeting, MeetingDrafts, MeetingFolders
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.told import Payload, actions


@pytest.mark.parametrize("executor", [side_by_side_executor, dg.in_process_executor], ids=lambda e: e.name)
def test_a_priority_lead_gets_everything_its_track_lists(
    world: World, priority_lead: Payload, executor: dg.ExecutorDefinition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(definitions, "side_by_side_executor", executor)
    (ref,) = world.submit(priority_lead)
    world.run()
    lead = world.lead(ref)
    assert (lead.status, lead.track, lead.score_status) == ("done", "priority", "scored")
    assert lead.score is not None and lead.score >= 8
    assert actions(world, ref) == dict.fromkeys(
        ("crm_contact", "task", "draft", "folder", "calendar_hold", "chat"), "done"
    )
    assert len([file for file in world.files() if file.endswith(".eml")]) == 1
    assert len([file for file in world.files() if file.endswith(".ics")]) == 1
    assert (world.home / "chat.log").read_text().count(ref) >= 1


def test_the_chat_line_leads_to_the_draft_and_to_the_run(
    world: World, priority_lead: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADS_UI_URL", "https://dagster.example/")
    world.submit(priority_lead)
    world.run()
    (run,) = world.instance.get_runs()
    (draft,) = (world.home / "outbox").rglob("*.eml")
    line = (world.home / "chat.log").read_text()
    assert f"draft: {draft.as_uri()}" in line
    assert f"run: https://dagster.example/runs/{run.run_id}" in line


def test_the_chosen_branch_runs_and_the_others_are_skipped(world: World, priority_lead: Payload) -> None:
    world.submit(priority_lead)
    world.run()
    (run,) = world.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.SUCCESS
    steps = {
        (event.dagster_event.step_key, event.dagster_event.event_type)
        for event in world.instance.all_logs(run.run_id)
        if event.dagster_event
    }
    assert ("priority.draft", dg.DagsterEventType.STEP_SUCCESS) in steps
    assert ("nurture.sequence", dg.DagsterEventType.STEP_SKIPPED) in steps
    assert ("not_fit.draft", dg.DagsterEventType.STEP_SKIPPED) in steps


def test_actions_that_do_not_wait_for_one_another_go_side_by_side(
    world: World, priority_lead: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = "orchestration_project_tests.fakes.meeting"
    monkeypatch.setitem(mail.TABLE, "meeting", f"{where}:MeetingDrafts")
    monkeypatch.setitem(folder.TABLE, "meeting", f"{where}:MeetingFolders")
    meeting = Meeting()
    for connector in (MeetingDrafts, MeetingFolders):
        monkeypatch.setattr(connector, "meeting", meeting, raising=False)
    world.edit_playbook("connections.yaml", "mail: {connector: outbox}", "mail: {connector: meeting}")
    world.edit_playbook("connections.yaml", "folder: {connector: disk}", "folder: {connector: meeting}")
    (ref,) = world.submit(priority_lead)
    world.run(own_executor=True)
    assert (actions(world, ref)["draft"], actions(world, ref)["folder"]) == ("done", "done")
    assert meeting.missed == []


def test_a_run_of_leads_run_has_no_processes_beside_it_that_read_along(
    world: World, priority_lead: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_end: list[bool] = []

    @contextmanager
    def captured(_: object) -> Generator[None]:
        at_the_end.append(is_passed_on_later())
        yield

    monkeypatch.setattr(world.instance.compute_log_manager, "capture_logs", captured)
    world.submit(priority_lead)
    world.run(own_executor=True)
    assert at_the_end == [True] and not is_passed_on_later()


def test_nothing_is_done_twice_when_a_lead_is_replayed(world: World, priority_lead: Payload) -> None:
    (ref,) = world.submit(priority_lead)
    world.run()
    before = world.files(), (world.home / "chat.log").read_text()
    world.ledger.by_hand.replay([ref])
    world.run()
    assert (world.files(), (world.home / "chat.log").read_text()) == before
    assert world.lead(ref).status == "done"
    assert len(world.ledger.stories.tell(ref).decisions) == 2


def test_the_same_submission_again_is_only_counted(world: World, priority_lead: Payload) -> None:
    (ref,) = world.submit(priority_lead)
    world.run()
    assert world.submit(priority_lead) == (ref,)
    world.run()
    assert world.lead(ref).deliveries == 2
    assert world.instance.get_runs_count() == 1


def test_observe_writes_nothing_outside_the_ledger(world: World, priority_lead: Payload) -> None:
    world.edit_playbook("playbook.yaml", "autonomy: draft", "autonomy: observe")
    (ref,) = world.submit(priority_lead)
    world.run()
    assert world.lead(ref).status == "planned"
    assert set(actions(world, ref).values()) == {"planned"}
    assert world.files() == set()
    with world.ledger.engine.connect() as connection:
        for table in ("contacts", "notes", "tasks"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM local_crm.{table}").scalar() == 0


def test_what_was_planned_is_done_once_autonomy_allows_it(world: World, priority_lead: Payload) -> None:
    world.edit_playbook("playbook.yaml", "autonomy: draft", "autonomy: observe")
    (ref,) = world.submit(priority_lead)
    world.run()
    world.edit_playbook("playbook.yaml", "autonomy: observe", "autonomy: draft")
    world.ledger.by_hand.replay([ref])
    world.run()
    assert set(actions(world, ref).values()) == {"done"}
    assert world.lead(ref).status == "done"


def test_an_action_held_back_holds_back_what_builds_on_it(world: World, priority_lead: Payload) -> None:
    world.edit_playbook(
        "playbook.yaml", "autonomy: draft", "autonomy: draft\naction_autonomy: {crm_contact: observe}"
    )
    (ref,) = world.submit(priority_lead)
    world.run()
    assert actions(world, ref)["crm_contact"] == "planned"
    assert actions(world, ref)["task"] == "planned"
    assert actions(world, ref)["draft"] == "done"


def test_consent_decides_between_sequence_and_reply(world: World, nurture_lead: Payload) -> None:
    with_consent, without = world.submit(
        nurture_lead, nurture_lead | {"id": "n2", "email": "b@rees-studio.example", "consent": False}
    )
    world.run()
    assert world.lead(with_consent).track == world.lead(without).track == "nurture"
    assert (actions(world, with_consent)["sequence"], actions(world, with_consent)["draft"]) == (
        "done",
        "skipped",
    )
    assert (actions(world, without)["sequence"], actions(world, without)["draft"]) == ("skipped", "done")
    notes = {line.action: line.note for line in world.lead(without).actions}
    assert notes["sequence"] == "no consent to marketing mail"


def test_the_same_person_in_other_letters_is_one_contact_and_is_heard(
    world: World, priority_lead: Payload
) -> None:
    first, second = world.submit(
        priority_lead,
        priority_lead | {"id": "p2", "email": priority_lead["email"].upper(), "message": "One more thing"},
    )
    world.run()
    assert world.lead(first).status == "done"
    assert world.lead(second).status == "done"
    assert len(world.sql("SELECT * FROM local_crm.contacts")) == 1
    assert "One more thing" in (world.home / "chat.log").read_text()


def test_a_person_can_let_a_quarantined_lead_pass(world: World, priority_lead: Payload) -> None:
    _first, second = world.submit(priority_lead, priority_lead | {"id": "p2"})
    world.run()
    assert world.lead(second).reason == "duplicate"
    world.ledger.by_hand.replay([second], genuine=True)
    world.run()
    assert world.lead(second).status == "done"


def test_a_renamed_field_is_named_and_mended_in_the_connections(world: World, nurture_lead: Payload) -> None:
    email = nurture_lead.pop("email")
    (ref,) = world.submit(nurture_lead | {"contact_mail": email})
    world.run()
    lead = world.lead(ref)
    assert (lead.status, lead.reason) == ("quarantined", "missing_field")
    assert "contact_mail" in lead.explanation and email not in lead.explanation
    world.edit_playbook(
        "connections.yaml",
        "  inbox: {connector: inbox}",
        "  inbox: {connector: inbox, fields: {email: [contact_mail]}}",
    )
    world.ledger.by_hand.replay([ref])
    world.run()
    assert (world.lead(ref).status, world.lead(ref).email) == ("done", email)


def test_a_submission_that_cannot_be_read_waits_in_quarantine(world: World) -> None:
    unreadable = Delivery(external_id=None, raw=b"{not json \xff")
    (stored,) = take_in(world.ledger, world.playbook(), "inbox", [unreadable])
    world.run()
    assert (world.lead(stored.ref).status, world.lead(stored.ref).reason) == ("quarantined", "unreadable")


@pytest.mark.parametrize("raw", [b"", b" \n"])
def test_an_empty_submission_waits_in_quarantine_and_says_that_it_is_empty(world: World, raw: bytes) -> None:
    (stored,) = take_in(world.ledger, world.playbook(), "inbox", [Delivery(external_id=None, raw=raw)])
    world.run()
    lead = world.lead(stored.ref)
    assert (lead.status, lead.reason) == ("quarantined", "unreadable")
    assert "it is empty" in lead.explanation


def test_runs_carry_refs_and_no_people(world: World, priority_lead: Payload) -> None:
    world.submit(priority_lead)
    world.run()
    (run,) = world.instance.get_runs()
    told = json.dumps([str(event) for event in world.instance.all_logs(run.run_id)])
    told += json.dumps(run.run_config) + json.dumps(dict(run.tags))
    for personal in ("Maeve", "O'Brien", "harbour-joinery", "496 0123", "1174960123", "VAT deadline"):
        assert personal not in told


def test_a_fourth_track_is_a_branch_without_any_python(world: World, nurture_lead: Payload) -> None:
    world.edit_playbook(
        "playbook.yaml",
        "tracks:\n",
        "tracks:\n"
        "  payroll_desk:\n"
        "    title: Payroll desk\n"
        "    when: {service: payroll, score: {from: 3}}\n"
        "    actions: [crm_contact, chat]\n",
    )
    (ref,) = world.submit(
        nurture_lead | {"message": "Do you run payroll with auto-enrolment for a small studio?"}
    )
    world.run()
    assert world.lead(ref).track == "payroll_desk"
    assert actions(world, ref) == {"crm_contact": "done", "chat": "done"}
    graph = world.definitions().get_job_def("lead_intake").graph
    assert "payroll_desk" in graph.node_dict
