"""Each cause made to happen to leads and the machine; and made to pass again."""

from datetime import timedelta
from decimal import Decimal

import pytest

from orchestration_project.ledger import Ledger
from orchestration_project.model import Person, Usage
from orchestration_project.model.labels import Correction, CorrectionKind
from orchestration_project.playbook.alerts import AlertRules
from orchestration_project.watch.causes import answers, leads, machine
from orchestration_project.watch.look import look
from orchestration_project_tests.decision.samples import a_context, a_lead
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import carry, submit
from orchestration_project_tests.watch.conftest import Watching
from orchestration_project_tests.watch.made import of, recorders, told_to


def test_500_leads_that_fail_for_one_reason_are_one_message(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    refs = submit(ledger, 500)
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE leads.work SET state = 'needs_person', explanation = "
            "'crm contact: HubSpot: 400: \"Person '"
            " || lead_id || '\" <p' || lead_id || '@x.example> of ' || ref || ' is refused.'"
            " FROM leads.submissions WHERE id = lead_id"
        )
    with recorders("a") as ways:
        for _ in range(2):
            look(watching(told_to("a")))
            clock.forward(minutes=2)
        (letter,) = [one for one in ways["a"].letters if "need you" in one.title]
        assert letter.title.startswith("500 leads need you: crm contact: HubSpot: 400")
        assert f"500 leads: {refs[0]}, " in letter.body and "and 490 more." in letter.body
        assert "@x.example" not in letter.title + letter.body
        ledger.by_hand.replay(refs)
        clock.forward(minutes=2)
        look(watching(told_to("a")))
        clock.forward(minutes=2)
        look(watching(told_to("a")))
        assert ways["a"].titles[-1].startswith("Over: 500 leads need you")


def test_an_answer_of_another_shape_is_one_trouble_whichever_step_and_field_meets_it(
    ledger: Ledger, watching: Watching
) -> None:
    one, two = carry(ledger, *submit(ledger, 2))
    strange = "HubSpot: answered in a shape this version does not know ({}). Look for a newer version."
    ledger.outcomes.needs_person(one, f"crm_contact: {strange.format('results')}", "run")
    ledger.outcomes.needs_person(two, f"gather_context: {strange.format('name, id')}", "run")
    assert [trouble.leads for trouble in of(leads.needs_person, watching())] == [2]


@pytest.mark.parametrize(
    ("one", "other", "troubles"),
    [
        ('crm contact: HubSpot: refuses "Ann".', 'crm contact: HubSpot: refuses "Bo Li".', 1),
        ("draft: Gmail: refuses 'Ann'.", "draft: Gmail: refuses 'Bo Li'.", 1),
        ("draft: the owner's template is broken.", "task: the owner's account is closed.", 2),
        # of which only the beginning is kept apart
        (f"draft: {'it says the same words ' * 4}of one.", f"draft: {'it says the same words ' * 4}.", 2),
    ],
)
def test_leads_that_meet_the_same_in_other_words_are_one_trouble(
    ledger: Ledger, watching: Watching, one: str, other: str, troubles: int
) -> None:
    for lead, said in zip(carry(ledger, *submit(ledger, 2)), (one, other), strict=True):
        ledger.outcomes.needs_person(lead, said, "run")
    look(watching(AlertRules(tell=())))
    assert len(ledger.alerts.open()) == troubles


def test_a_service_that_quotes_whom_it_refuses_is_told_without_the_name(
    ledger: Ledger, watching: Watching
) -> None:
    (lead,) = carry(ledger, *submit(ledger, 1))
    person = Person(full_name="Ann Will", given_name="Ann", family_name="Will", email="ann@one.example")
    ledger.facts.write(
        [lead], [a_context().lead.model_copy(update={"ref": lead.ref, "person": person})], "run"
    )
    ledger.outcomes.needs_person(lead, 'draft: Gmail: "Ann Will" or Ann will not do.', "run")
    (trouble,) = of(leads.needs_person, watching())
    assert trouble.what == 'A lead needs you: draft: Gmail: "[name]" or [name] will not do.'


def test_two_reasons_are_two_troubles(ledger: Ledger, watching: Watching) -> None:
    one, two = carry(ledger, *submit(ledger, 2))
    ledger.outcomes.needs_person(one, "draft: the template is broken.", "run")
    ledger.outcomes.needs_person(two, "task: no owner of that name.", "run")
    assert [trouble.leads for trouble in of(leads.needs_person, watching())] == [1, 1]


def test_leads_are_late_that_wait_for_nobody_and_have_no_draft(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    submit(ledger, 3)
    assert of(leads.late, watching()) == []
    clock.forward(minutes=61)
    (trouble,) = of(leads.late, watching())
    assert trouble.leads == 3 and len(trouble.refs) == 3
    assert "after the 60 minutes that were promised" in trouble.what
    assert of(leads.late, watching(AlertRules(promised=timedelta(hours=2)))) == []
    # begun anew by a person just now
    ledger.by_hand.replay(trouble.refs)
    assert of(leads.late, watching()) == []


def test_a_backlog_is_told_of_only_while_it_grows(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    seen = watching()
    told: list[bool] = []
    for minute in range(25):
        submit(ledger, 20 if minute < 15 else 0, name=f"m{minute}")
        memory, seen = seen.memory, watching()
        seen.memory = memory
        told.append(bool(of(leads.backlog, seen)))
        clock.forward(minutes=1)
    assert not any(told[:10]) and told[12] and told[15]
    assert not any(told[21:])


def test_doubtful_leads_that_nobody_looks_at_for_a_day(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    (ref,) = submit(ledger)
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE leads.work SET state = 'to_check', explanation = 'maybe spam'")
    assert of(leads.to_check, watching()) == []
    clock.forward(hours=25)
    (trouble,) = of(leads.to_check, watching())
    assert trouble.refs == (ref,)


@pytest.mark.parametrize(("spent", "severity"), [("3.9", None), ("4.0", "note"), ("5.1", "warning")])
def test_the_days_money_for_the_ai(
    ledger: Ledger, clock: HandClock, watching: Watching, spent: str, severity: str | None
) -> None:
    ledger.spend.add_each([("gpt", Usage(cost_usd=Decimal(spent)))])
    assert [trouble.severity for trouble in of(machine.ai_budget, watching())] == (
        [severity] if severity else []
    )
    clock.forward(days=1)
    assert of(machine.ai_budget, watching()) == []


def test_a_disk_that_is_nearly_full() -> None:
    assert machine.disk_trouble(1024**3).severity == "warning"
    full = machine.disk_trouble(1024**2 * 300)
    assert (full.severity, "0.3 GiB" in full.what) == ("urgent", True)


def test_something_held_that_looks_genuine(watching: Watching) -> None:
    playbook = watching().playbook
    assert playbook is not None
    assert leads.looks_genuine(a_context(), playbook)
    assert not leads.looks_genuine(a_context(message="Buy our backlinks now"), playbook)


def test_what_a_person_has_called_spam_is_not_told_to_look_genuine(
    ledger: Ledger, watching: Watching
) -> None:
    refs = submit(ledger, 2)
    contexts = [a_context().model_copy(update={"lead": a_lead(ref=ref)}) for ref in refs]
    ledger.facts.write(carry(ledger, *refs), contexts, "run")
    ledger.by_hand.set_aside_as_spam(refs)
    (trouble,) = of(leads.held_genuine, watching())
    assert trouble.leads == 2
    assert f"leads verdict {trouble.refs[0]} --spam" in trouble.mend
    ledger.labels.correct(Correction(ref=refs[0], kind=CorrectionKind.SPAM))
    (trouble,) = of(leads.held_genuine, watching())
    assert trouble.refs == (refs[1],)
    ledger.labels.correct(Correction(ref=refs[1], kind=CorrectionKind.SPAM))
    assert of(leads.held_genuine, watching()) == []
    ledger.labels.correct(Correction(ref=refs[1], kind=CorrectionKind.TAKEN_BACK))
    (trouble,) = of(leads.held_genuine, watching())
    assert trouble.refs == (refs[1],)


def decided(ledger: Ledger, ref: str, status: str, scorer: str = "offline") -> None:
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO leads.decisions (lead_id, run_id, decided_at, playbook_version, scorer, "
            "score_status, track, decision) SELECT id, 'run', %s, 'v', %s, %s, 'x', "
            '\'{"scoring": {"explanation": "OpenAI: answered otherwise."}}\' '
            "FROM leads.submissions WHERE ref = %s",
            (ledger.clock(), scorer, status, ref),
        )


def test_answers_of_the_ai_that_cannot_be_used_are_told_once_three_leads_have_met_them(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    refs = submit(ledger, 6)
    for ref in refs[:2]:
        decided(ledger, ref, "malformed")
        clock.forward(seconds=1)
    decided(ledger, refs[2], "unavailable")
    assert of(answers.unusable, watching()) == []
    clock.forward(seconds=1)
    decided(ledger, refs[3], "failed")
    (trouble,) = of(answers.unusable, watching())
    assert (trouble.subject, trouble.leads, trouble.refs) == ("ai", 3, (*refs[:2], refs[3]))
    assert trouble.said == "OpenAI: answered otherwise." and trouble.command.endswith("--score-status failed")
    clock.forward(seconds=1)
    decided(ledger, refs[4], "scored", scorer="openai")
    assert of(answers.unusable, watching()) == []


def test_a_look_up_of_companies_that_answers_otherwise_is_told_and_one_that_is_away_is_not(
    ledger: Ledger, watching: Watching
) -> None:
    refs = submit(ledger, 4)

    def looked_up(failure: str, note: str) -> None:
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM leads.facts")
            connection.exec_driver_sql(
                "INSERT INTO leads.facts (lead_id, kind, run_id, value, at) SELECT id, 'Context', 'run', "
                "jsonb_build_object('company', "
                "jsonb_build_object('status', 'could_not_ask', 'failure', %s::text, 'note', %s::text)), "
                "received_at FROM leads.submissions",
                (failure, note),
            )

    # "" is what was kept before the kind was
    for elsewhere in ("away", "refused", "set_up", "our_limit", ""):
        looked_up(elsewhere, "Apollo: cannot be used. Repeating it will not help.")
        assert of(answers.unusable, watching()) == [], elsewhere
    looked_up("unusable", "Apollo: in words that nobody looks for.")
    (trouble,) = of(answers.unusable, watching())
    assert (trouble.subject, trouble.leads, set(trouble.refs)) == ("company", 4, set(refs))
