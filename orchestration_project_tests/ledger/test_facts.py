"""What has been found out about leads: once a kind, whole, and replaced when it is found out again."""

from orchestration_project.ledger import Ledger
from orchestration_project.model import ScoreStatus, Scoring, Verdict
from orchestration_project_tests.ledger.leads import carry, submit


def test_facts_come_back_whole_by_lead(ledger: Ledger) -> None:
    leads = carry(ledger, *submit(ledger, 12))
    written = {lead.ref: Verdict(ref=lead.ref, explanation=f"of {lead.ref}") for lead in leads}
    assert ledger.facts.write(leads, tuple(written.values()), "run") == leads
    assert ledger.facts.read(Verdict, [lead.ref for lead in leads]) == written


def test_each_kind_is_kept_for_itself(ledger: Ledger) -> None:
    one, other = carry(ledger, *submit(ledger, 2))
    verdict, scoring = Verdict(ref=one.ref), Scoring(ref=one.ref, status=ScoreStatus.SCORED, scorer="offline")
    ledger.facts.write([one], [verdict], "run")
    ledger.facts.write([one], [scoring], "run")
    assert ledger.facts.read(Verdict, [one.ref, other.ref]) == {one.ref: verdict}
    assert ledger.facts.read(Scoring, [one.ref, other.ref]) == {one.ref: scoring}


def test_writing_again_replaces_the_fact(ledger: Ledger) -> None:
    (lead,) = carry(ledger, *submit(ledger))
    for words in ("first", "again"):
        ledger.facts.write([lead], [Verdict(ref=lead.ref, explanation=words)], "run")
    assert ledger.facts.read(Verdict, [lead.ref])[lead.ref].explanation == "again"
    with ledger.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM leads.facts").scalar() == 1


def test_a_lead_that_the_second_try_left_out_keeps_what_was_known(ledger: Ledger) -> None:
    leads = carry(ledger, *submit(ledger, 3))
    refs = [lead.ref for lead in leads]
    ledger.facts.write(leads, [Verdict(ref=ref, explanation="first") for ref in refs], "run")
    ledger.facts.write(leads, [Verdict(ref=ref, explanation="again") for ref in refs[1:]], "run")
    told = {ref: verdict.explanation for ref, verdict in ledger.facts.read(Verdict, refs).items()}
    assert told == {refs[0]: "first", refs[1]: "again", refs[2]: "again"}
    assert ledger.facts.write([], [], "run") == ()


def test_what_no_longer_holds_is_forgotten_for_these_leads_and_kinds_only(ledger: Ledger) -> None:
    one, other = carry(ledger, *submit(ledger, 2))
    ledger.facts.write([one, other], [Verdict(ref=one.ref), Verdict(ref=other.ref)], "run")
    scoring = Scoring(ref=one.ref, status=ScoreStatus.SCORED, scorer="offline")
    ledger.facts.write([one], [scoring], "run")
    ledger.facts.forget([one.ref], Verdict)
    assert set(ledger.facts.read(Verdict, [one.ref, other.ref])) == {other.ref}
    assert ledger.facts.read(Scoring, [one.ref]) == {one.ref: scoring}
