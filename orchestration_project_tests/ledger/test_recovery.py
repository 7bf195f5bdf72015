"""Leads of runs that died or never came: given back, in small companies, until the culprit is alone."""

from datetime import timedelta
from itertools import pairwise

import pytest

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.claims import Claim
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.ledger.recovery import MAX_DEATHS, Fate, GivenBack
from orchestration_project.model import Ref
from orchestration_project.process import myself
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried, carry, events, row, state, submit

CULPRITS = (0, 11, 24)


@pytest.fixture
def sessions() -> None:
    """Closed ones have ended."""


def claim(ledger: Ledger, max_in_flight: int | None = None) -> tuple[Claim, ...]:
    return ledger.claims.claim(max_leads=25, max_runs=12, max_in_flight=max_in_flight, places=1)


def dies(ledger: Ledger, fate: Fate = "died", *, dead: bool = True) -> list[GivenBack]:
    """What follows when every run of this process is gone at once."""
    ledger.locks.release()
    return [ledger.recovery.give_back(silent, fate, dead=dead) for silent in ledger.recovery.silent()]


def run(ledger: Ledger, each: Claim, culprit: Ref | None) -> bool:
    """Whether the run lived to its end."""
    leads = ledger.claims.start(each, f"run {each.lease}", myself())
    assert {lead.ref for lead in leads} == set(each.refs)
    if culprit in each.refs:
        return False
    ledger.outcomes.finish(leads, f"run {each.lease}")
    return True


def alone(ledger: Ledger) -> None:
    """As if all had been halved so often that each suspect goes alone."""
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE leads.work SET company = 1")


def test_the_lead_of_a_dead_process_is_given_back_at_once(ledger: Ledger, clock: HandClock) -> None:
    (ref,) = submit(ledger)
    other_process = open_ledger(ledger.engine, clock)
    (handed,) = other_process.claims.claim(max_leads=25, max_runs=5, places=1)
    other_process.claims.start(handed, "run", "its process")
    assert ledger.recovery.silent() == ()
    other_process.locks.release()  # what PostgreSQL does when the process dies
    (silent,) = ledger.recovery.silent()
    assert (silent.run_id, silent.holder, silent.leads) == ("run", "its process", 1)
    assert silent.claimed_at == clock()
    assert ledger.recovery.give_back(silent, "died", dead=True).refs == (ref,)
    assert state(ledger, ref) == "received"
    assert claim(ledger)[0].refs == (ref,), "at once the first time"


def test_a_claim_with_which_no_run_has_begun_is_silent_and_tells_since_when(
    ledger: Ledger, clock: HandClock
) -> None:
    refs = submit(ledger, 4)
    claim(ledger)
    claimed_at = clock()
    clock.forward(seconds=30)
    (silent,) = ledger.recovery.silent()
    assert (silent.run_id, silent.leads, silent.claimed_at) == (None, 4, claimed_at)
    assert ledger.recovery.give_back(silent, "never came", dead=True).refs == refs


def test_a_run_that_never_came_is_no_death_and_makes_no_suspects(ledger: Ledger) -> None:
    (ref,) = submit(ledger)
    for _ in range(MAX_DEATHS + 2):
        assert claim(ledger)[0].refs == (ref,)
        dies(ledger, "never came")
    assert (row(ledger, ref)["deaths"], row(ledger, ref)["company"]) == (0, None)
    refs = submit(ledger, 9, name="more")
    claim(ledger)
    dies(ledger, "never came")
    assert claim(ledger)[0].refs == (ref, *refs), "they go in one company again"


def test_a_death_in_company_is_nobodys_death(ledger: Ledger) -> None:
    refs = submit(ledger, 10)
    (together,) = claim(ledger)
    run(ledger, together, refs[3])
    dies(ledger)
    assert {row(ledger, ref)["deaths"] for ref in refs} == {0}
    assert {row(ledger, ref)["company"] for ref in refs} == {5}


@pytest.mark.parametrize("number", CULPRITS)
def test_suspects_are_halved_until_the_culprit_is_alone_and_the_others_are_through(
    ledger: Ledger, clock: HandClock, number: int
) -> None:
    refs = submit(ledger, 25)
    culprit = refs[number]
    with_culprit: list[int] = []
    largest = 25
    for _ in range(40):
        for each in claim(ledger, max_in_flight=12):
            assert len(each.refs) <= largest
            if run(ledger, each, culprit):
                continue
            with_culprit.append(len(each.refs))
        dies(ledger)
        largest = max((row(ledger, ref)["company"] or 25 for ref in refs if ref == culprit), default=25)
        clock.forward(minutes=10)
        if not ledger.claims.anything_claimable():
            break
    halved = [size for size in with_culprit if size > 1]
    assert halved[0] == 25
    assert all(after <= before // 2 for before, after in pairwise(halved))
    assert with_culprit[len(halved) :] == [1] * MAX_DEATHS
    assert state(ledger, culprit) == "needs_person"
    assert {state(ledger, ref) for ref in refs if ref != culprit} == {"done"}
    assert ledger.stories.list_leads(refs=[culprit])[0].explanation.startswith(f"{MAX_DEATHS} runs died")


def test_the_companies_of_suspects_are_25_12_6_3_and_1(ledger: Ledger) -> None:
    """Should each company that has the first lead die, and no other run meanwhile."""
    refs = submit(ledger, 25)
    sizes: list[int] = []
    while not sizes or sizes[-1] > 1:
        claims = claim(ledger)
        (mine,) = [each for each in claims if refs[0] in each.refs]
        sizes.append(len(mine.refs))
        for each in claims:
            run(ledger, each, refs[0])
        dies(ledger)
    assert sizes == [25, 12, 6, 3, 1]


def test_suspects_take_a_third_of_the_places_at_most_while_others_wait(ledger: Ledger) -> None:
    submit(ledger, 20)
    (together,) = claim(ledger)
    ledger.claims.start(together, "run", myself())
    dies(ledger)
    alone(ledger)
    fresh = submit(ledger, 300, name="fresh")

    def of_suspects(claims: tuple[Claim, ...]) -> int:
        return sum(not set(each.refs) & set(fresh) for each in claims)

    first = claim(ledger, max_in_flight=12)
    assert (len(first), of_suspects(first)) == (12, 4)
    finished = [each for each in first if set(each.refs) & set(fresh)][:3]
    for each in finished:
        run(ledger, each, None)
    second = claim(ledger, max_in_flight=12)
    assert (len(second), of_suspects(second)) == (3, 0), "four of them are under way already"


def test_suspects_take_all_places_where_nobody_else_waits(ledger: Ledger) -> None:
    submit(ledger, 20)
    (together,) = claim(ledger)
    ledger.claims.start(together, "run", myself())
    dies(ledger)
    alone(ledger)
    assert len(claim(ledger, max_in_flight=12)) == 12


def test_a_suspect_that_comes_back_alive_is_none_any_more(ledger: Ledger, clock: HandClock) -> None:
    refs = submit(ledger, 10)
    (together,) = claim(ledger)
    run(ledger, together, refs[0])
    dies(ledger)
    mine, other = claim(ledger)
    for lead in ledger.claims.start(mine, "run 2", myself()):
        ledger.outcomes.wait(lead, Wait(explanation="away", try_at=clock()), "run 2")
    run(ledger, other, None)
    assert [each.refs for each in claim(ledger)] == [mine.refs], "in one company, and not halved again"
    assert row(ledger, refs[0])["company"] is None


def test_a_lead_that_kills_every_run_waits_for_a_person_after_growing_pauses(
    ledger: Ledger, clock: HandClock
) -> None:
    (ref,) = submit(ledger)
    pauses: list[float] = []
    while state(ledger, ref) == "received":
        seconds = ledger.claims.seconds_until_claimable()
        assert seconds is not None
        pauses.append(seconds)
        clock.forward(seconds=seconds)
        (each,) = claim(ledger)
        run(ledger, each, ref)
        dies(ledger)
    assert len(pauses) == MAX_DEATHS
    assert pauses[:2] == [0, 0], "the first death may be anybody's"
    assert pauses[2] > 0
    assert pauses[3] >= 3 * pauses[2]
    assert state(ledger, ref) == "needs_person"
    assert events(ledger, ref)[-1] == "needs a person"
    ledger.by_hand.replay([ref])
    assert row(ledger, ref)["deaths"] == 0
    assert len(claim(ledger)) == 1


@pytest.mark.parametrize("number", [1, 5])
def test_a_run_that_died_with_its_database_is_nobodys_death(ledger: Ledger, number: int) -> None:
    refs = submit(ledger, number)
    for _ in range(MAX_DEATHS + 1):
        (together,) = claim(ledger)
        ledger.claims.start(together, "run", myself())
        with ledger.engine.begin() as connection:  # as it is after a restart of the server
            connection.exec_driver_sql(
                "UPDATE leads.work SET served_since = served_since - interval '1 hour'"
            )
        assert [given.refs for given in dies(ledger)] == [refs]
    assert {(row(ledger, ref)["deaths"], row(ledger, ref)["company"]) for ref in refs} == {(0, None)}
    assert "the database was started anew" in ledger.stories.tell(refs[0]).events[-1].detail


def test_a_run_that_a_person_stopped_is_not_started_again_by_itself(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    assert dies(ledger, "stopped") == [GivenBack()]
    assert state(ledger, lead.ref) == "needs_person"
    assert not ledger.claims.anything_claimable()
    assert [each.ref for each in ledger.by_hand.adopt("run", "its re-execution", myself())] == [lead.ref]


def test_an_answer_that_comes_too_late_gives_nothing_back(ledger: Ledger) -> None:
    lead, other = carry(ledger, *submit(ledger, 2))
    ledger.locks.release()
    (silent,) = ledger.recovery.silent()
    ledger.outcomes.finish([lead], "run")
    ledger.by_hand.replay([other.ref])
    (again,) = carry(ledger, other.ref, run_id="another run")
    for fate in ("died", "never came", "stopped"):
        ledger.recovery.give_back(silent, fate, dead=True)
    assert state(ledger, lead.ref) == "done"
    assert ledger.claims.carried("another run") == (again,)


@pytest.mark.parametrize(
    ("dead", "may_look"), [(True, 60), (False, 150)], ids=["process dead", "nothing known"]
)
def test_of_a_dead_process_only_the_service_can_still_do_what_was_begun(
    ledger: Ledger, clock: HandClock, *, dead: bool, may_look: int
) -> None:
    lead = a_carried(ledger)
    ledger.receipts.begin(lead, "task", takes=90, settles=60)
    dies(ledger, dead=dead)
    (again,) = carry(ledger, lead.ref, run_id="another run")
    clock.forward(seconds=may_look - 1)
    beginning = ledger.receipts.begin(again, "task", takes=90, settles=60)
    assert (beginning.go, beginning.clear_at) == (False, clock() + timedelta(seconds=1))
    clock.forward(seconds=1)
    beginning = ledger.receipts.begin(again, "task", takes=90, settles=60)
    assert (beginning.go, beginning.may_exist) == (True, True)


def test_a_death_never_makes_anybody_wait_longer_for_what_was_begun(ledger: Ledger, clock: HandClock) -> None:
    lead = a_carried(ledger)
    ledger.receipts.begin(lead, "task", takes=90, settles=60)
    clock.forward(seconds=140)
    dies(ledger)
    clock.forward(seconds=10)
    (again,) = carry(ledger, lead.ref, run_id="another run")
    assert ledger.receipts.begin(again, "task", takes=90, settles=60).go


@pytest.mark.parametrize("number", [1, 5])
@pytest.mark.parametrize("fate", ["never came", "died"])
def test_a_lead_on_trial_whose_run_is_lost_is_not_stuck(
    ledger: Ledger, clock: HandClock, number: int, fate: Fate
) -> None:
    """They waited for a connection that was half open; their run was to show whether that is well."""
    leads = carry(ledger, *submit(ledger, number))
    for lead in leads:
        wait = Wait(explanation="away", waiting_for="crm", try_at=clock())
        ledger.outcomes.wait(lead, wait, "run")
    (trial,) = claim(ledger)
    if fate == "died":
        ledger.claims.start(trial, "trial", myself())
    dies(ledger, fate)
    assert {ref for each in claim(ledger) for ref in each.refs} == {lead.ref for lead in leads}
