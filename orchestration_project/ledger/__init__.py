"""The ledger: every submission, decision and receipt, in PostgreSQL. The only SQL of the workflow.

`Ledger` bundles the queries; each module beside it holds those of one concern.
"""

from dataclasses import dataclass

from sqlalchemy import Engine

from orchestration_project.ledger.alerts import Alerts
from orchestration_project.ledger.attention import Attention
from orchestration_project.ledger.batches import Batches
from orchestration_project.ledger.books import Books
from orchestration_project.ledger.by_hand import ByHand
from orchestration_project.ledger.checks import Checks
from orchestration_project.ledger.claims import Claims
from orchestration_project.ledger.companies import Companies
from orchestration_project.ledger.connections import ConnectionStates
from orchestration_project.ledger.consents import Consents
from orchestration_project.ledger.copies import Copies
from orchestration_project.ledger.deals import Deals
from orchestration_project.ledger.decisions import Decisions
from orchestration_project.ledger.erasing import Erasing
from orchestration_project.ledger.facts import Facts
from orchestration_project.ledger.field_names import FieldNames
from orchestration_project.ledger.follow_ups import FollowUps
from orchestration_project.ledger.forgotten import Forgotten
from orchestration_project.ledger.held_values import HeldValues
from orchestration_project.ledger.labels import Labels
from orchestration_project.ledger.lead_list import LeadList
from orchestration_project.ledger.locks import Locks
from orchestration_project.ledger.marks import Marks
from orchestration_project.ledger.outcomes import Outcomes
from orchestration_project.ledger.own_words import OwnWords
from orchestration_project.ledger.people import People
from orchestration_project.ledger.playbooks import Playbooks
from orchestration_project.ledger.readiness import HowReady
from orchestration_project.ledger.receipts import Receipts
from orchestration_project.ledger.recovery import Recovery
from orchestration_project.ledger.refusals import Refusals
from orchestration_project.ledger.releases import Releases
from orchestration_project.ledger.rescored import RescoredDecisions
from orchestration_project.ledger.revisions import Revisions
from orchestration_project.ledger.runs import Runs
from orchestration_project.ledger.scored_again import ScoredAgain
from orchestration_project.ledger.second_looks import SecondLooks
from orchestration_project.ledger.senders import Senders
from orchestration_project.ledger.shadows import Shadows
from orchestration_project.ledger.sides import Sides
from orchestration_project.ledger.sources import Sources
from orchestration_project.ledger.spend import Spend
from orchestration_project.ledger.story import Stories
from orchestration_project.ledger.submissions import Submissions
from orchestration_project.ledger.watching import Watching
from orchestration_project.model import Clock


@dataclass(frozen=True)
class Ledger:
    """One database, one clock; the modules beside this one say what each part is asked."""

    engine: Engine
    clock: Clock
    submissions: Submissions
    revisions: Revisions
    sources: Sources
    people: People
    claims: Claims
    outcomes: Outcomes
    by_hand: ByHand
    checks: Checks
    attention: Attention
    recovery: Recovery
    connections: ConnectionStates
    consents: Consents
    copies: Copies
    held: HeldValues
    facts: Facts
    decisions: Decisions
    playbooks: Playbooks
    labels: Labels
    deals: Deals
    rescored: RescoredDecisions
    scored_again: ScoredAgain
    shadows: Shadows
    batches: Batches
    readiness: HowReady
    releases: Releases
    senders: Senders
    sides: Sides
    own_words: OwnWords
    receipts: Receipts
    second_looks: SecondLooks
    runs: Runs
    follow_ups: FollowUps
    spend: Spend
    refusals: Refusals
    companies: Companies
    stories: Stories
    lists: LeadList
    books: Books
    erasing: Erasing
    forgotten: Forgotten
    alerts: Alerts
    marks: Marks
    field_names: FieldNames
    watching: Watching
    locks: Locks

    def close(self) -> None:
        """Lets the locks of this process go, and the connections."""
        self.locks.release()
        self.engine.dispose()


def open_ledger(engine: Engine, clock: Clock) -> Ledger:
    """The ledger in that database, which has to be migrated. No I/O yet."""
    locks = Locks(engine)
    return Ledger(
        engine=engine,
        clock=clock,
        submissions=Submissions(engine, clock),
        revisions=Revisions(engine, clock),
        sources=Sources(engine, clock),
        people=People(engine, clock),
        claims=Claims(engine, clock, locks),
        outcomes=Outcomes(engine, clock),
        by_hand=ByHand(engine, clock, locks),
        checks=Checks(engine, clock),
        attention=Attention(engine, clock),
        recovery=Recovery(engine, clock),
        connections=ConnectionStates(engine, clock),
        consents=Consents(engine, clock),
        copies=Copies(engine, clock),
        held=HeldValues(engine, clock),
        facts=Facts(engine, clock),
        decisions=Decisions(engine, clock),
        playbooks=Playbooks(engine, clock),
        labels=Labels(engine, clock),
        deals=Deals(engine, clock),
        rescored=RescoredDecisions(engine, clock),
        scored_again=ScoredAgain(engine, clock),
        shadows=Shadows(engine, clock),
        batches=Batches(engine, clock),
        readiness=HowReady(engine),
        releases=Releases(engine, clock),
        own_words=OwnWords(engine, clock),
        senders=Senders(engine, clock),
        sides=Sides(engine),
        receipts=Receipts(engine, clock),
        runs=Runs(engine),
        second_looks=SecondLooks(engine, clock),
        follow_ups=FollowUps(engine, clock),
        spend=Spend(engine, clock),
        refusals=Refusals(engine, clock),
        companies=Companies(engine, clock),
        stories=Stories(engine),
        lists=LeadList(engine),
        books=Books(engine),
        erasing=Erasing(engine, clock),
        forgotten=Forgotten(engine),
        alerts=Alerts(engine, clock),
        marks=Marks(engine, clock),
        field_names=FieldNames(engine, clock),
        watching=Watching(engine),
        locks=locks,
    )
