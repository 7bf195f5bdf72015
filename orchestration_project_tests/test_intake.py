"""Taking in: the bytes first, then whose they are; the same id with other content loses nobody."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration_project.clock import utc_now
from orchestration_project.crash import EXIT_CODE
from orchestration_project.intake import (
    introduce,
    old_submissions,
    read_revisions,
    take_in,
    take_in_history,
)
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.imports import Imports
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.ledger.sources import ReadByAnother, Reading
from orchestration_project.ledger.submissions import INTRODUCTION_TIME, Stored, make_ref
from orchestration_project.model import Context, Delivery, Lead, Reason, Ref
from orchestration_project.process import myself
from orchestration_project_tests import forking
from orchestration_project_tests.data.senders.payloads import PAYLOADS
from orchestration_project_tests.dying_intake import ANN, BOB, PLAYBOOK, delivery, read_source
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import carry, events, row, state

DIE = "orchestration_project_tests.dying_intake:die"


def deliver(ledger: Ledger, *payloads: dict[str, Any]) -> tuple[Stored, ...]:
    return take_in(ledger, PLAYBOOK, "inbox", [delivery(payload) for payload in payloads])


def known(ledger: Ledger, ref: Ref) -> Lead:
    """As the lead stands now: read by a run, where nobody has read it yet."""
    lead = ledger.facts.read(Lead, [ref]).get(ref) or introduce(ledger, PLAYBOOK, [ref])[ref]
    assert lead is not None
    return lead


def revisions(ledger: Ledger) -> list[str]:
    with ledger.engine.connect() as connection:
        query = "SELECT kind FROM leads.revisions ORDER BY lead_id, number"
        return list(connection.exec_driver_sql(query).scalars())


def finish(ledger: Ledger, ref: Ref) -> None:
    ledger.outcomes.finish(carry(ledger, ref), "run")


def test_what_is_taken_in_is_read_at_once_and_may_go(ledger: Ledger) -> None:
    (stored,) = deliver(ledger, ANN)
    lead = ledger.facts.read(Lead, [stored.ref])[stored.ref]
    assert lead.person.email == "ann@one.example"
    assert ledger.claims.claim(max_leads=1, max_runs=1)[0].refs == (stored.ref,)
    assert row(ledger, stored.ref)["person_key"] == "ann@one.example"


def test_what_cannot_be_read_may_go_too_and_a_run_sets_it_aside(ledger: Ledger) -> None:
    (stored,) = take_in(ledger, PLAYBOOK, "inbox", [Delivery(external_id="1", raw=b"\xff{")])
    assert ledger.facts.read(Lead, [stored.ref]) == {}
    assert ledger.claims.claim(max_leads=1, max_runs=1)[0].refs == (stored.ref,)


def test_what_came_empty_may_go_and_is_told_from_what_was_erased(ledger: Ledger) -> None:
    empty, ann = take_in(ledger, PLAYBOOK, "inbox", [Delivery(external_id="0", raw=b""), delivery(ANN)])
    ledger.erasing.keep_out([ann.ref], [])
    assert introduce(ledger, PLAYBOOK, [empty.ref, ann.ref]) == {empty.ref: None}
    assert ledger.claims.claim(max_leads=1, max_runs=1)[0].refs == (empty.ref,)


def test_a_correction_of_what_came_empty_is_of_the_same_lead(ledger: Ledger) -> None:
    (empty,) = take_in(ledger, PLAYBOOK, "inbox", [Delivery(external_id="7", raw=b"")])
    (again,) = deliver(ledger, ANN | {"id": "7"})
    assert (again.ref, again.revised) == (empty.ref, True)
    assert known(ledger, empty.ref).person.email == "ann@one.example"


def test_a_page_is_taken_in_with_its_cursor_or_not_at_all(ledger: Ledger) -> None:
    reading = Reading(source="inbox", before=None, after="a")
    take_in(ledger, PLAYBOOK, "inbox", [delivery(ANN)], reading)
    assert ledger.sources.cursor("inbox") == "a"
    with pytest.raises(ReadByAnother):
        take_in(ledger, PLAYBOOK, "inbox", [delivery(BOB | {"id": "8"})], reading)
    assert len(ledger.stories.list_leads()) == 1


def test_the_same_bytes_under_the_same_id_are_only_counted(ledger: Ledger) -> None:
    (first,) = deliver(ledger, ANN)
    finish(ledger, first.ref)
    for _ in range(2):
        (again,) = deliver(ledger, ANN)
        assert (again.ref, again.new, again.revised) == (first.ref, False, False)
    assert revisions(ledger) == []
    (line,) = ledger.stories.list_leads()
    assert (line.deliveries, line.status, line.attention) == (3, "done", "")


@pytest.mark.parametrize("stands", ["received", "running", "waiting", "needs_person", "quarantined"])
def test_a_correction_of_a_lead_that_is_not_through_is_read_again_from_the_start(
    ledger: Ledger, stands: str
) -> None:
    (stored,) = deliver(ledger, ANN)
    if stands != "received":
        (lead,) = carry(ledger, stored.ref)
        match stands:
            case "waiting":
                ledger.outcomes.wait(lead, Wait(explanation="away", waiting_for="crm"), "run")
            case "needs_person":
                ledger.outcomes.needs_person(lead, "broken", "run")
            case "quarantined":
                ledger.outcomes.quarantine(lead, Reason.MISSING_FIELD, "no message", None, "run")
            case _:
                pass
    assert state(ledger, stored.ref) == stands
    (again,) = deliver(ledger, ANN | {"message": "Payroll for 15 people."})
    assert (again.ref, again.new, again.revised) == (stored.ref, False, True)
    assert state(ledger, stored.ref) == "received"
    assert "changed at its source" in events(ledger, stored.ref)
    assert ledger.claims.carried("run") == (), "the run that had it has it no more"
    assert ledger.claims.claim(max_leads=1, max_runs=1)[0].refs == (stored.ref,)
    assert known(ledger, stored.ref).message == "Payroll for 15 people."


@pytest.mark.parametrize("through", ["done", "planned"])
def test_a_correction_of_a_lead_that_is_through_is_shown_to_a_person(ledger: Ledger, through: Any) -> None:
    (stored,) = deliver(ledger, ANN)
    ledger.outcomes.finish(carry(ledger, stored.ref), "run", through)
    deliver(ledger, ANN | {"message": "Payroll for 15 people."})
    (line,) = ledger.stories.list_leads()
    assert line.status == through
    assert "other content after all was done" in line.attention
    assert events(ledger, stored.ref)[-1] == "changed at its source"
    assert b"15 people" in ledger.submissions.read([stored.ref])[0].raw


def test_history_that_changes_at_its_source_stays_history(ledger: Ledger) -> None:
    (stored,) = deliver(ledger, ANN)
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE leads.work SET state = 'imported'")
    deliver(ledger, ANN | {"message": "Payroll for 15 people."})
    assert state(ledger, stored.ref) == "imported"


def test_a_jotform_submission_that_was_edited_is_a_correction_of_its_lead(ledger: Ledger) -> None:
    raw = json.dumps(PAYLOADS["Jotform"])
    (first,) = take_in(ledger, PLAYBOOK, "inbox", [Delivery(external_id=None, raw=raw.encode())])
    edited = raw.replace("we need help", "we need help at once")
    (again,) = take_in(ledger, PLAYBOOK, "inbox", [Delivery(external_id=None, raw=edited.encode())])
    assert (again.ref, again.new, again.revised) == (first.ref, False, True)
    assert known(ledger, first.ref).message == "Our books are behind & we need help at once."


def test_another_person_under_the_same_id_has_a_lead_of_their_own(ledger: Ledger) -> None:
    (ann,) = deliver(ledger, ANN)
    finish(ledger, ann.ref)
    deliver(ledger, BOB)
    first, second = ledger.stories.list_leads()
    assert (first.ref, first.status, first.attention) == (ann.ref, "done", "")
    assert (second.status, second.email, second.external_id) == ("received", "bob@two.example", "7")
    assert second.ref != ann.ref
    assert revisions(ledger) == ["other"]
    assert ledger.claims.claim(max_leads=1, max_runs=1)[0].refs == (second.ref,)
    assert known(ledger, second.ref).message == BOB["message"]
    assert known(ledger, first.ref).message == ANN["message"]


def test_the_other_persons_ref_is_the_same_in_every_ledger(ledger: Ledger) -> None:
    """So that what it left outside is found again, also after the ledger was lost."""
    deliver(ledger, ANN)
    deliver(ledger, BOB)
    refs = [line.ref for line in ledger.stories.list_leads()]
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM leads.submissions")
    deliver(ledger, ANN, BOB)
    assert [line.ref for line in ledger.stories.list_leads()] == refs
    assert refs[0] == make_ref("inbox", "7")


def test_each_of_two_people_under_one_id_is_known_again(ledger: Ledger) -> None:
    (ann,) = deliver(ledger, ANN)
    deliver(ledger, BOB)
    bob = ledger.stories.list_leads()[1].ref
    (again,) = deliver(ledger, BOB)
    assert (again.ref, again.new, again.revised) == (bob, False, False)
    deliver(ledger, BOB | {"message": "And the payroll, too."})
    assert known(ledger, bob).message == "And the payroll, too."
    assert known(ledger, ann.ref).message == ANN["message"]
    (third,) = deliver(ledger, BOB | {"message": "And the payroll, too."})
    assert (third.ref, third.revised) == (bob, False)
    assert len(ledger.stories.list_leads()) == 2


def test_an_unfinished_answer_and_then_the_finished_one_is_one_lead(ledger: Ledger) -> None:
    (begun,) = deliver(ledger, {"id": "7", "name": "Ann"})
    (lead,) = carry(ledger, begun.ref)
    ledger.outcomes.quarantine(lead, Reason.MISSING_FIELD, "no e-mail address", None, "run")
    deliver(ledger, ANN)
    (line,) = ledger.stories.list_leads()
    assert (line.ref, line.status, line.reason) == (begun.ref, "received", None)
    assert known(ledger, begun.ref).person.email == "ann@one.example"
    assert revisions(ledger) == ["newer"]


def test_a_revision_that_is_delivered_again_is_only_counted(ledger: Ledger) -> None:
    (first,) = deliver(ledger, ANN)
    corrected = ANN | {"message": "Payroll for 15 people."}
    deliver(ledger, corrected)
    finish(ledger, first.ref)
    for _ in range(2):
        (again,) = deliver(ledger, corrected)
        assert (again.ref, again.new, again.revised) == (first.ref, False, False)
    (line,) = ledger.stories.list_leads()
    assert (line.deliveries, line.attention, line.status) == (4, "", "done")
    assert revisions(ledger) == ["newer"]


def test_an_envelope_that_changes_with_each_delivery_is_no_news(ledger: Ledger) -> None:
    def wrapped(number: int) -> dict[str, Any]:
        moment = f"2026-11-24T09:{number:02}:00Z"
        envelope = {"createdAt": moment, "updated_at": moment, "eventId": f"e{number}", "attempt": number}
        return {"id": "7", **envelope, "data": {**ANN, "timestamp": 1700000000 + number}}

    (first,) = deliver(ledger, wrapped(1))
    finish(ledger, first.ref)
    for number in range(2, 5):
        deliver(ledger, wrapped(number))
    (line,) = ledger.stories.list_leads()
    assert (line.status, line.attention, line.deliveries) == ("done", "", 4)
    assert revisions(ledger) == ["same"] * 3


def test_bytes_that_nobody_has_read_yet_are_read_later(ledger: Ledger) -> None:
    """The process died between keeping them and reading them."""
    (ann,) = deliver(ledger, ANN)
    ledger.submissions.store("inbox", [delivery(BOB), delivery(ANN | {"message": "Payroll for 15."})])
    assert len(ledger.stories.list_leads()) == 1
    assert revisions(ledger) == ["unread", "unread"]
    concerned = read_revisions(ledger, PLAYBOOK)
    bob = ledger.stories.list_leads()[1]
    assert set(concerned) == {ann.ref, bob.ref}
    assert bob.email == "bob@two.example"
    assert known(ledger, ann.ref).message == "Payroll for 15."
    assert read_revisions(ledger, PLAYBOOK) == ()


def test_another_persons_lead_that_nobody_has_introduced_goes_all_the_same(
    ledger: Ledger, clock: HandClock
) -> None:
    """The process died between making the lead and reading it."""
    deliver(ledger, ANN)
    ledger.submissions.store("inbox", [delivery(BOB)])
    ((lead_id, number),) = ledger.revisions.unread()
    revision = ledger.revisions.look(lead_id, number)
    assert revision is not None
    bob = ledger.revisions.settle(revision, None, "newer")
    assert ledger.revisions.settle(revision, None, "newer") == bob, (
        "who reads it a second time makes no second"
    )
    assert len(ledger.stories.list_leads()) == 2
    clock.now += INTRODUCTION_TIME
    claims = ledger.claims.claim(max_leads=25, max_runs=10)
    assert bob in {ref for claim in claims for ref in claim.refs}
    assert known(ledger, bob).person.email == "bob@two.example"


@pytest.mark.parametrize(
    ("point", "kept"),
    [
        ("cursor_moved:1", 0),
        ("stored:1", 1),
        ("introduced:1", 1),
        ("cursor_moved:2", 1),
        ("stored:2", 2),
        ("introduced:2", 2),
    ],
)
def test_a_process_that_dies_while_taking_in_loses_nothing(
    ledger: Ledger, clock: HandClock, tmp_path: Path, point: str, kept: int
) -> None:
    asked = [ledger.engine.url.render_as_string(hide_password=False), point]
    told = tmp_path / "told"
    assert forking.parent().run(DIE, asked, told) == EXIT_CODE, told.read_text()
    assert len(ledger.stories.list_leads()) == kept
    clock.now = utc_now()
    read_source(ledger)
    read_revisions(ledger, PLAYBOOK)
    clock.now += INTRODUCTION_TIME
    lines = ledger.stories.list_leads()
    assert sorted(line.external_id for line in lines) == ["7", "7", "8"]
    claimed = {ref for claim in ledger.claims.claim(max_leads=25, max_runs=9) for ref in claim.refs}
    assert claimed == {line.ref for line in lines}
    emails = sorted(known(ledger, line.ref).person.email or "" for line in lines)
    assert emails == ["ann@one.example", "ann@one.example", "bob@two.example"]
    assert {line.deliveries for line in lines if line.external_id == "8"} == {1}


def test_history_is_read_when_it_comes_and_looked_up_only_once_somebody_acts_on_it(ledger: Ledger) -> None:
    (first, second) = take_in_history(
        ledger,
        PLAYBOOK,
        "csv old",
        [delivery(ANN | {"utm_source": "google"}), delivery(ANN | {"id": "later", "utm_source": "bing"})],
    )
    contexts = ledger.facts.read(Context, [first, second])
    assert contexts[first].lead.person.email == "ann@one.example"
    assert contexts[second].website.status == contexts[second].company.status == "not_asked"
    assert contexts[second].lead.first_touch.source == "google"
    Imports(ledger.engine, ledger.clock).release([first])
    ledger.by_hand.take([second], "run", myself(), imported=True)
    assert ledger.facts.read(Context, [first, second]) == {}
    assert set(ledger.facts.read(Lead, [first, second])) == {first, second}


def test_history_that_is_read_another_way_is_known_that_way(ledger: Ledger) -> None:
    (ref,) = take_in_history(ledger, PLAYBOOK, "csv old", [delivery(ANN)])
    again = old_submissions(ledger, PLAYBOOK, "csv old", [delivery(ANN | {"message": "Payroll, please."})])
    assert Imports(ledger.engine, ledger.clock).correct("csv old", again) == (ref,)
    assert ledger.facts.read(Context, [ref])[ref].lead.message == "Payroll, please."
    assert ledger.facts.read(Lead, [ref])[ref].message == "Payroll, please."
