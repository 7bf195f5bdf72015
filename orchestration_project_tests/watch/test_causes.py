"""Each cause made to happen to leads, connections, sources and the machine; and made to pass again."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from orchestration_project.connectors.base import Health
from orchestration_project.connectors.opened import KINDS, lines_of
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.connections import ConnectionState
from orchestration_project.model import Person, Usage
from orchestration_project.model.alerts import Trouble
from orchestration_project.model.labels import Correction, CorrectionKind
from orchestration_project.playbook.alerts import AlertRules
from orchestration_project.watch.causes import answers, connections, leads, machine, sources
from orchestration_project.watch.causes.base import Seen
from orchestration_project.watch.causes.connections import ENDINGS, ending_trouble
from orchestration_project.watch.causes.rhythm import chance_of_silence
from orchestration_project.watch.look import look
from orchestration_project_tests.conftest import HandClock
from orchestration_project_tests.decision.samples import a_context, a_lead
from orchestration_project_tests.ledger.leads import carry, submit
from orchestration_project_tests.watch.conftest import Watching
from orchestration_project_tests.watch.made import recorders, told_to

LONDON = ZoneInfo("Europe/London")


def of(cause: Callable[[Seen], Iterable[Trouble]], seen: Seen) -> list[Trouble]:
    return list(cause(seen))


def open_connection(ledger: Ledger, name: str = "crm", **more: Any) -> None:
    state = {"state": "open", "why": "down", "since": ledger.clock(), "said": "HubSpot: 503."} | more
    ledger.connections.change(name, lambda _: ConnectionState.model_validate({"name": name} | state))


def connections_of(rules: Path, /, **connectors: str) -> None:
    """Of the playbook: one line a kind, and any other name a form source."""
    address = {"json_list": {"url": "https://lists.example/{}", "id": "id"}, "hubspot_forms": {"form": "f"}}
    usual = {"company": "none", "website": "none", "ai": "offline", "mail": "outbox", "chat": "file"}
    usual |= {"crm": "local", "calendar": "ics", "folder": "disk", "sequence": "local"}
    lines: dict[str, Any] = {kind: {"connector": name} for kind, name in usual.items()} | {"form_sources": {}}
    for name, connector in connectors.items():
        line = {"connector": connector, **address.get(connector, {})}
        (lines if name in KINDS else lines["form_sources"])[name] = line
    (rules / "connections.yaml").write_text(json.dumps(lines))


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


@pytest.mark.parametrize(
    ("why", "minutes", "next_probe", "severity"),
    [
        ("down", 0, 0, None),
        ("down", 1, 0, "warning"),
        ("limited", 5, 1, None),
        ("limited", 0, 30, "warning"),
        ("refused", 0, 0, "urgent"),
        ("set_up", 0, 0, "urgent"),
    ],
)
def test_a_connection_is_told_of_when_it_is_away_for_a_minute_limited_for_long_or_refused(
    ledger: Ledger,
    clock: HandClock,
    watching: Watching,
    why: str,
    minutes: int,
    next_probe: int,
    severity: str | None,
) -> None:
    open_connection(ledger, why=why, next_probe=clock.now + timedelta(minutes=minutes + next_probe))
    clock.forward(minutes=minutes)
    found = of(connections.away, watching())
    assert [trouble.severity for trouble in found] == ([severity] if severity else [])
    assert all(trouble.said == "HubSpot: 503." for trouble in found)
    ledger.connections.close("crm")
    assert of(connections.away, watching()) == []


def test_a_service_that_is_away_is_told_once_however_many_lines_lead_to_it(
    ledger: Ledger, clock: HandClock, watching: Watching, rules_folder: Path
) -> None:
    connections_of(rules_folder, crm="hubspot", web="hubspot_forms", other="json_list", third="json_list")
    with recorders("a") as ways:
        open_connection(ledger)
        clock.forward(minutes=2)
        look(watching(told_to("a"), rules_folder))
        for name in ("web", "crm", "other", "third"):
            open_connection(ledger, f"form_source {name}", said=f"{name}: 503.")
        clock.forward(minutes=2)
        seen = watching(told_to("a"), rules_folder)
        (hubspot, *others) = sorted(of(connections.away, seen), key=lambda trouble: trouble.subject)
        assert hubspot.what == (
            "CRM (hubspot) and the source crm (hubspot) and the source web (hubspot_forms) "
            "do not answer as they should."
        )
        assert [trouble.subject for trouble in others] == ["form_source other", "form_source third"]
        look(seen)
        assert [title for title in ways["a"].titles if "hubspot" in title] == [
            "CRM (hubspot) does not answer as it should."
        ]
        for name in ("crm", "form_source web", "form_source crm"):
            ledger.connections.close(name)
        look(watching(told_to("a"), rules_folder))
        clock.forward(minutes=2)
        look(watching(told_to("a"), rules_folder))
        assert [title for title in ways["a"].titles if title.startswith("Over: CRM")]


def test_what_signs_in_with_one_credential_is_told_once(
    ledger: Ledger, watching: Watching, rules_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections_of(rules_folder, inbox="inbox", mail="gmail", calendar="google", folder="drive")
    for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"):
        monkeypatch.setenv(f"GOOGLE_{name}", "x")
    said = "Google sign-in does not accept the credential (invalid_grant)."
    for name in ("mail", "calendar", "folder"):
        open_connection(ledger, name, why="refused", said=said)
    (trouble,) = of(connections.away, watching(None, rules_folder))
    assert trouble.what.endswith("refuse our credential.") and trouble.severity == "urgent"
    assert (trouble.subject, trouble.said) == ("Google sign-in", said)
    assert trouble.mend.startswith("Renew GOOGLE_CLIENT_SECRET or GOOGLE_REFRESH_TOKEN; ")


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


def rhythm(now: datetime, weeks: int = 8, *, office: bool = True) -> list[datetime]:
    """Something in each hour of the week (of office hours), by London's clocks."""
    first = now - timedelta(weeks=weeks)
    hours = (first + timedelta(hours=number) for number in range(weeks * 168))
    return [
        hour
        for hour in hours
        if not office or (hour.astimezone(LONDON).weekday() < 5 and 9 <= hour.astimezone(LONDON).hour < 17)
    ]


def test_a_night_and_a_weekend_are_no_silence_and_a_working_morning_is() -> None:
    friday = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    heard = rhythm(friday)
    monday = chance_of_silence(heard, friday, friday + timedelta(days=2, hours=15), LONDON)
    assert monday is not None and monday > 0.5
    noon = chance_of_silence(heard, friday, friday + timedelta(days=2, hours=19), LONDON)
    assert noon is not None and noon < 0.001


def test_the_rhythm_follows_the_owners_clocks_when_these_are_put_back() -> None:
    friday = datetime(2026, 10, 23, 16, 0, tzinfo=UTC)  # 17:00 in summer; on Monday it is winter
    heard = rhythm(friday)
    nine = chance_of_silence(heard, friday, datetime(2026, 10, 26, 9, 0, tzinfo=UTC), LONDON)
    assert nine is not None and nine > 0.5


def test_a_flood_teaches_nothing_and_a_new_source_is_not_known_yet() -> None:
    now = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    flood = [now - timedelta(days=20)] * 10_000
    chance = chance_of_silence(sorted({*flood, *rhythm(now, 1)}), now, now + timedelta(hours=3), LONDON)
    assert chance is None or chance > 0.001
    assert chance_of_silence(rhythm(now, 1, office=False), now, now + timedelta(hours=30), LONDON) is None


def deliver_at(ledger: Ledger, clock: HandClock, moments: Iterable[datetime], source: str = "inbox") -> None:
    rows = [{"number": number, "at": at} for number, at in enumerate(moments)]
    with ledger.engine.begin() as connection:
        for row in rows:
            connection.exec_driver_sql(
                "INSERT INTO leads.submissions (ref, source, external_id, content, raw, received_at) "
                "VALUES (%s, %s, %s, '', '', %s)",
                (f"L-{source}{row['number']}", source, str(row["number"]), row["at"]),
            )


def test_a_source_that_is_silent_against_its_own_rhythm(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    clock.now = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    deliver_at(ledger, clock, rhythm(clock.now, 4))
    assert of(sources.silent, watching()) == []
    clock.now = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    (trouble,) = of(sources.silent, watching())
    assert trouble.subject == "inbox" and trouble.what.startswith("Nothing has come from inbox for 2 days")
    never = AlertRules(silent_after={"inbox": None})
    assert of(sources.silent, watching(never)) == []
    open_connection(ledger, "form_source inbox")
    assert of(sources.silent, watching()) == []


def test_a_line_of_the_playbook_states_how_long_a_source_may_be_silent(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    deliver_at(ledger, clock, [clock.now])
    clock.forward(hours=25)
    assert of(sources.silent, watching()) == []
    (trouble,) = of(sources.silent, watching(AlertRules(silent_after={"inbox": timedelta(hours=24)})))
    assert "24 h at most were expected" in trouble.what


@pytest.mark.parametrize(("spent", "severity"), [("3.9", None), ("4.0", "note"), ("5.1", "warning")])
def test_the_days_money_for_the_ai(
    ledger: Ledger, clock: HandClock, watching: Watching, spent: str, severity: str | None
) -> None:
    ledger.spend.add("gpt", Usage(cost_usd=Decimal(spent)))
    assert [trouble.severity for trouble in of(machine.ai_budget, watching())] == (
        [severity] if severity else []
    )
    clock.forward(days=1)
    assert of(machine.ai_budget, watching()) == []


def test_a_disk_that_is_nearly_full() -> None:
    assert machine.disk_trouble(1024**3).severity == "warning"
    full = machine.disk_trouble(1024**2 * 300)
    assert (full.severity, "0.3 GiB" in full.what) == ("urgent", True)


@pytest.mark.parametrize(
    ("today", "severity", "words"),
    [
        ("2027-08-03", "note", "ends on 2027-09-01, in 29 days"),
        ("2027-08-22", "warning", "ends on 2027-09-01, in 10 days"),
        ("2027-09-01", "warning", "ends today"),
        ("2027-09-04", "urgent", "has ended"),
    ],
)
def test_what_is_known_to_end_is_told_in_time_and_graver_as_it_comes(
    today: str, severity: str, words: str
) -> None:
    ending = ENDINGS[0]
    trouble = ending_trouble(ending.what, ending.on, ending.mend, date.fromisoformat(today))
    assert (trouble.severity, words in trouble.what) == (severity, True)


def test_what_the_owner_knows_to_end_is_told_and_what_nobody_uses_is_not(
    clock: HandClock, watching: Watching
) -> None:
    clock.now = datetime(2027, 3, 20, 9, 0, tzinfo=UTC)
    rules = AlertRules(ends={"MICROSOFT_CLIENT_SECRET": date(2027, 4, 1)})
    assert [trouble.subject for trouble in of(connections.ends, watching(rules))] == [
        "MICROSOFT_CLIENT_SECRET"
    ]


def test_a_service_that_says_until_when_is_told_of_before(watching: Watching) -> None:
    playbook = watching().playbook
    assert playbook is not None
    line = lines_of(playbook.connections)[0]
    today = date(2026, 11, 24)
    told = connections.of_health(
        line, Health(ok=True, says="gpt is shut down soon.", ends=date(2026, 12, 24)), today
    )
    assert [trouble.severity for trouble in told] == ["note"]
    assert list(connections.of_health(line, Health(ok=True, says="x", ends=date(2027, 12, 24)), today)) == []
    (broken,) = connections.of_health(line, Health(ok=False, says="401", mend="Renew it."), today)
    assert (broken.severity, broken.said, broken.mend) == ("warning", "401", "Renew it.")


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
