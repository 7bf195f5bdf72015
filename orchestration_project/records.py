"""Following the records of truth: what we made elsewhere is known as copies, systems are asked what they say
now, and leads learn it. Sensors and the command line come here.

What is then carried to copies is `action/carry.py`.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import anyio

from orchestration_project.action.base import Brief
from orchestration_project.action.calendar_hold import hold_title
from orchestration_project.action.copy_kinds import draft_print
from orchestration_project.action.crm_contact import CREATED, contact_fields
from orchestration_project.action.draft import compose
from orchestration_project.action.folder import folder_name
from orchestration_project.connectors.mail.mailbox_format import draft_in
from orchestration_project.connectors.opened import Connected
from orchestration_project.data.records import as_recorded, rules_of
from orchestration_project.errors import LeadsError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.healing.fate import describe
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.copies import SYSTEM_OF, Copy, Made
from orchestration_project.ledger.sources import ReadByAnother, Reading
from orchestration_project.ledger.told import WORDS
from orchestration_project.model import Context, Frozen, Lead, Receipt, Ref
from orchestration_project.model.ports import TellsChanges, TellsRecords
from orchestration_project.model.records import Item, System, Told, whole_name
from orchestration_project.playbook.model import Playbook

ASKED: tuple[System, ...] = ("crm", "sequence", "calendar")
"""What a folder or a draft says is only asked for when something is to be carried there."""
ADOPTED_AT_ONCE = 500
PAGES = 2
LOOKS = 50
LOOK_AGAIN = timedelta(hours=12)
ASK_SECONDS = 10.0
LOOK_SECONDS = 30.0
LEARNED_AT_ONCE = 200

AnswerT = TypeVar("AnswerT")
Run = Callable[[Callable[[], Awaitable[Any]]], Any]
"""Runs a question to a service on the event loop that the connectors live in."""


class Followed(Frozen):
    """What one reading has brought."""

    adopted: int = 0
    changes: int = 0
    learned: int = 0
    silent: tuple[str, ...] = ()  # systems that were not asked or did not answer, and why

    @property
    def words(self) -> str:
        said = f"{self.changes} change(s) in records; {self.learned} lead(s) learned of some."
        return " ".join(
            filter(None, (said if self.changes or self.learned else "Nothing changed.", *self.silent))
        )


@dataclass(frozen=True)
class Following:
    """One look at all records. What a service does not answer is asked next time, from where it was read."""

    ledger: Ledger
    playbook: Playbook
    connected: Connected
    breaker: Breaker
    run: Run
    monotonic: Callable[[], float] = time.monotonic
    _silent: list[str] = field(default_factory=list[str], init=False)

    def look(self, pages: int = PAGES) -> Followed:
        adopted = self._adopt()
        begun, changes = self.monotonic(), 0
        for system in ASKED:
            # Dagster cuts a tick at 60 s; what is left out comes with the next one
            if self.monotonic() - begun < LOOK_SECONDS:
                changes += self._ask(system, pages)
        learned = self._learn()
        return Followed(adopted=adopted, changes=changes, learned=learned, silent=tuple(self._silent))

    def _adopt(self) -> int:
        made = self.ledger.copies.made(ADOPTED_AT_ONCE)
        if not made:
            return 0
        refs = [each.ref for each in made]
        receipts = self.ledger.receipts.read(refs)
        copies = [copy for each in made if (copy := self._copy(each, receipts.get(each.ref, {}))) is not None]
        try:
            self.ledger.copies.adopt(copies, made[-1].at)
        except ReadByAnother:
            return 0
        enrolled = [copy.ref for copy in copies if copy.system == "sequence"]
        self.ledger.consents.enrolled_all_the_same([*self.ledger.consents.withdrawn(enrolled)])
        return len(copies)

    def _copy(self, made: Made, receipts: dict[str, Receipt]) -> Copy | None:
        decided = self.ledger.follow_ups.decided(made.ref)
        if decided is None:
            return None  # erased
        brief = Brief(
            context=decided.context, decision=decided.decision, playbook=self.playbook, receipts=receipts
        )
        system = SYSTEM_OF[made.action]
        service = getattr(self.playbook.connections, system).connector
        return Copy(
            ref=made.ref,
            lead_id=made.lead_id,
            system=system,
            service=service,
            outside_id=made.outside_id,
            at=made.at,
            written=written_for(made.action, brief, made.note),
            said=_said(brief.context.lead) if system == "crm" else {},
        )

    def _ask(self, system: System, pages: int) -> int:
        """How much was learned of one system."""
        service = getattr(self.playbook.connections, system).connector
        where = f"{WORDS[system]} ({service})"
        if not self.ledger.copies.any_of(system, service):
            return 0
        if self.breaker.is_open(system):
            self._silent.append(f"{where} is away, and is asked once it is well.")
            return 0
        try:
            connector = self.connected.of_kind(system)
            changes = 0
            if isinstance(connector, TellsChanges):
                changes += self._read_changes(system, service, connector, pages)
            if isinstance(connector, TellsRecords):
                changes += self._look_around(system, service, connector)
        except (LeadsError, TimeoutError) as error:
            # one system that is silent keeps no other from being heard
            self._silent.append(f"{where} could not be asked: {describe(error)}")
            return 0
        return changes

    def _read_changes(self, system: System, service: str, connector: TellsChanges, pages: int) -> int:
        source, changes = f"records of {system} {service}", 0
        for _ in range(pages):
            before = self.ledger.sources.cursor(source)
            page = self._bounded(lambda at=before: connector.records_changed_since(at))
            changes += self._take(system, service, page.told)
            if page.cursor != before:
                try:
                    self.ledger.sources.move(Reading(source=source, before=before, after=page.cursor))
                except ReadByAnother:
                    break  # that one goes on; to learn a thing twice changes nothing
            if not page.told:
                break
        return changes

    def _look_around(self, system: System, service: str, connector: TellsRecords) -> int:
        """At some that nobody has heard of for a while: what was deleted or merged, no list tells."""
        before = self.ledger.clock() - (LOOK_AGAIN if isinstance(connector, TellsChanges) else timedelta())
        ids = self.ledger.copies.next_looks(system, service, LOOKS, before)
        told = self._bounded(lambda: connector.records_of(ids)) if ids else ()
        return self._take(system, service, told)

    def _take(self, system: System, service: str, told: Sequence[Told]) -> int:
        rules = rules_of(self.playbook.records)
        return len(self.ledger.copies.learn(system, service, told, rules))

    def _bounded(self, ask: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
        async def bounded() -> AnswerT:
            with anyio.fail_after(ASK_SECONDS):
                return await ask()

        return self.run(bounded)

    def _learn(self) -> int:
        """What a lead is scored on and spoken of with is what its records say from now on."""
        refs = self.ledger.held.pending("learn", LEARNED_AT_ONCE)
        held = self.ledger.held.of(refs)
        contexts, leads = self.ledger.facts.read(Context, refs), self.ledger.facts.read(Lead, refs)
        for ref in refs:
            context, lead = contexts.get(ref), leads.get(ref)
            self.ledger.held.learned(
                ref,
                held[ref],
                self._recorded(lead, ref, held) if lead is not None else None,
                context.model_copy(update={"lead": self._recorded(context.lead, ref, held)})
                if context is not None
                else None,
            )
        return len(refs)

    def _recorded(self, lead: Lead, ref: Ref, held: dict[Ref, Any]) -> Lead:
        return as_recorded(lead, held[ref], self.playbook.records, self.playbook.business.region)


def written_for(action: str, brief: Brief, note: str) -> dict[Item, str]:
    """What that action, which is done, has written of what other systems may know better."""
    person = brief.context.lead.person
    written: dict[Item, str] = {}
    match action:
        case "crm_contact":
            known = brief.context.standing.contact
            # by this address the contact is known again; it is never written over
            written["email"] = (known.email if known else None) or person.email or ""
            if note == CREATED:  # else it was there before we were, and what it says is somebody's
                fields = contact_fields(brief)
                written |= {"name": fields["name"], "phone": fields["phone"], "company": fields["company"]}
        case "sequence":
            written |= {
                "name": whole_name(person.given_name, person.family_name),
                "email": person.email or "",
            }
        case "calendar_hold":
            written["title"] = hold_title(brief)
        case "folder":
            written["title"] = folder_name(brief)
        case _:
            written |= _draft(brief)
    return written


def _draft(brief: Brief) -> dict[Item, str]:
    try:
        message = compose(brief, brief.context.lead.submitted_at)
    except (LeadsError, ValueError):
        return {}  # its template is gone since: nobody can say what it said
    return {"draft": draft_print(draft_in(message.as_bytes()))}


def _said(lead: Lead) -> dict[Item, str]:
    """By the form."""
    said: dict[Item, str] = {
        "name": lead.person.full_name or "",
        "email": lead.person.email or "",
        "phone": lead.person.dialled or "",
        "company": lead.company.name or "",
    }
    return {item: value for item, value in said.items() if value}
