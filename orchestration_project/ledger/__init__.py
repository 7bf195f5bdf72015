"""The ledger: every submission, decision and receipt, in PostgreSQL. The only SQL of the workflow.

`Ledger` bundles the queries; each module beside it holds those of one concern.
"""

import pkgutil
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Generic, Self, TypeVar, overload

from sqlalchemy import Engine

from orchestration_project.ledger.locks import Locks
from orchestration_project.model import Clock

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from orchestration_project.ledger.alerts import Alerts
    from orchestration_project.ledger.attention import Attention
    from orchestration_project.ledger.batches import Batches
    from orchestration_project.ledger.books import Books
    from orchestration_project.ledger.by_hand import ByHand
    from orchestration_project.ledger.calibrations import Calibrations
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
    from orchestration_project.ledger.made_ids import MadeIds
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

PartT = TypeVar("PartT", bound="DataclassInstance")


class _Part(Generic[PartT]):
    """`module:Class` beside this one, imported and made when it is first asked for: of more than forty a
    command needs five."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __set_name__(self, owner: type["Ledger"], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, ledger: "Ledger", owner: type["Ledger"]) -> PartT: ...
    @overload
    def __get__(self, ledger: None, owner: type["Ledger"]) -> Self: ...
    def __get__(self, ledger: "Ledger | None", owner: type["Ledger"]) -> PartT | Self:
        if ledger is None:
            return self
        made = self.find()
        given = {each.name: getattr(ledger, each.name) for each in fields(made) if each.name in _GIVEN}
        return vars(ledger).setdefault(self._name, made(**given))  # of two threads at once, one is in time

    def find(self) -> type[PartT]:
        return pkgutil.resolve_name(f"{__package__}.{self._place}")


@dataclass(frozen=True)
class Ledger:
    """One database, one clock; the modules beside this one say what each part is asked."""

    engine: Engine
    clock: Clock
    locks: Locks

    submissions: ClassVar["_Part[Submissions]"] = _Part("submissions:Submissions")
    revisions: ClassVar["_Part[Revisions]"] = _Part("revisions:Revisions")
    sources: ClassVar["_Part[Sources]"] = _Part("sources:Sources")
    people: ClassVar["_Part[People]"] = _Part("people:People")
    claims: ClassVar["_Part[Claims]"] = _Part("claims:Claims")
    outcomes: ClassVar["_Part[Outcomes]"] = _Part("outcomes:Outcomes")
    by_hand: ClassVar["_Part[ByHand]"] = _Part("by_hand:ByHand")
    checks: ClassVar["_Part[Checks]"] = _Part("checks:Checks")
    attention: ClassVar["_Part[Attention]"] = _Part("attention:Attention")
    recovery: ClassVar["_Part[Recovery]"] = _Part("recovery:Recovery")
    connections: ClassVar["_Part[ConnectionStates]"] = _Part("connections:ConnectionStates")
    consents: ClassVar["_Part[Consents]"] = _Part("consents:Consents")
    copies: ClassVar["_Part[Copies]"] = _Part("copies:Copies")
    held: ClassVar["_Part[HeldValues]"] = _Part("held_values:HeldValues")
    facts: ClassVar["_Part[Facts]"] = _Part("facts:Facts")
    decisions: ClassVar["_Part[Decisions]"] = _Part("decisions:Decisions")
    playbooks: ClassVar["_Part[Playbooks]"] = _Part("playbooks:Playbooks")
    labels: ClassVar["_Part[Labels]"] = _Part("labels:Labels")
    deals: ClassVar["_Part[Deals]"] = _Part("deals:Deals")
    rescored: ClassVar["_Part[RescoredDecisions]"] = _Part("rescored:RescoredDecisions")
    scored_again: ClassVar["_Part[ScoredAgain]"] = _Part("scored_again:ScoredAgain")
    shadows: ClassVar["_Part[Shadows]"] = _Part("shadows:Shadows")
    batches: ClassVar["_Part[Batches]"] = _Part("batches:Batches")
    readiness: ClassVar["_Part[HowReady]"] = _Part("readiness:HowReady")
    releases: ClassVar["_Part[Releases]"] = _Part("releases:Releases")
    senders: ClassVar["_Part[Senders]"] = _Part("senders:Senders")
    sides: ClassVar["_Part[Sides]"] = _Part("sides:Sides")
    calibrations: ClassVar["_Part[Calibrations]"] = _Part("calibrations:Calibrations")
    own_words: ClassVar["_Part[OwnWords]"] = _Part("own_words:OwnWords")
    receipts: ClassVar["_Part[Receipts]"] = _Part("receipts:Receipts")
    second_looks: ClassVar["_Part[SecondLooks]"] = _Part("second_looks:SecondLooks")
    runs: ClassVar["_Part[Runs]"] = _Part("runs:Runs")
    follow_ups: ClassVar["_Part[FollowUps]"] = _Part("follow_ups:FollowUps")
    spend: ClassVar["_Part[Spend]"] = _Part("spend:Spend")
    refusals: ClassVar["_Part[Refusals]"] = _Part("refusals:Refusals")
    made_ids: ClassVar["_Part[MadeIds]"] = _Part("made_ids:MadeIds")
    companies: ClassVar["_Part[Companies]"] = _Part("companies:Companies")
    stories: ClassVar["_Part[Stories]"] = _Part("story:Stories")
    lists: ClassVar["_Part[LeadList]"] = _Part("lead_list:LeadList")
    books: ClassVar["_Part[Books]"] = _Part("books:Books")
    erasing: ClassVar["_Part[Erasing]"] = _Part("erasing:Erasing")
    forgotten: ClassVar["_Part[Forgotten]"] = _Part("forgotten:Forgotten")
    alerts: ClassVar["_Part[Alerts]"] = _Part("alerts:Alerts")
    marks: ClassVar["_Part[Marks]"] = _Part("marks:Marks")
    field_names: ClassVar["_Part[FieldNames]"] = _Part("field_names:FieldNames")
    watching: ClassVar["_Part[Watching]"] = _Part("watching:Watching")

    def close(self) -> None:
        """Lets the locks of this process go, and the connections."""
        self.locks.release()
        self.engine.dispose()


_GIVEN = frozenset(each.name for each in fields(Ledger))


def open_ledger(engine: Engine, clock: Clock) -> Ledger:
    """The ledger in that database, which has to be migrated. No I/O yet."""
    return Ledger(engine, clock, Locks(engine))


def import_parts() -> None:
    """All of them now, for a process that others are forked from."""
    for part in vars(Ledger).values():
        if isinstance(part, _Part):
            part.find()
