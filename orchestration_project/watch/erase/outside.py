"""Erasing a person in the services that we wrote to, and in the embedded ones beside them.

How a thing is erased is told by its action and its connector; what the ledger holds is not touched here.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import cast

from orchestration_project.action.base import Action, Brief, Erases
from orchestration_project.action.carry import is_carrying
from orchestration_project.action.crm_contact import made_for
from orchestration_project.action.registry import ACTIONS, FOLLOW_UPS, SEQUELS
from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.crm.interface import Crm
from orchestration_project.connectors.crm.lead_properties import LEAD_PROPERTIES
from orchestration_project.connectors.opened import Connected, open_connections
from orchestration_project.errors import LeadsError, PlaybookError, ServiceError
from orchestration_project.ledger import Ledger
from orchestration_project.model import Erased, Frozen, Receipt, ReceiptStatus, Ref
from orchestration_project.playbook.model import Connection, Playbook
from orchestration_project.watch.erase.who import Someone

EMBEDDED: Mapping[str, str] = {
    "crm": "local",
    "mail": "outbox",
    "chat": "file",
    "calendar": "ics",
    "folder": "disk",
    "sequence": "local",
}
"""They keep what was written before a real service stood on their line."""
NEVER_ACTED = (ReceiptStatus.PLANNED, ReceiptStatus.SKIPPED)
_ALL: Mapping[str, Action] = {
    **ACTIONS,
    **{action.name: action for action in SEQUELS.values()},
    **FOLLOW_UPS,
}
_LEFT = (
    "the contact was there before we were: our fields and notes are erased, the rest is yours. "
    "Erase it there, or here with --contact-too"
)


class Gone(Frozen):
    """What became of one thing in one service."""

    what: str  # the ref and the action, or `contact`
    service: str
    answer: str  # erased, not_there, cannot; or later: it could not be asked
    note: str = ""

    @property
    def key(self) -> str:
        return f"{self.what} {self.service}"

    @property
    def kept(self) -> str:
        return f"{self.answer}: {self.note}".removesuffix(": ")


@dataclass(frozen=True)
class Outside:
    ledger: Ledger
    playbook: Playbook
    given: ConnectorContext
    contact_too: bool = False

    async def erase(self, person: Someone) -> AsyncGenerator[Gone]:
        """One after the other, so that each is written down before the next."""
        for connected, playbook in self._offices():
            receipts = self.ledger.receipts.read(person.refs)
            for ref in person.refs:
                for receipt in receipts[ref].values():
                    if receipt.status in NEVER_ACTED and not receipt.tries:
                        continue
                    if is_carrying(receipt.action):
                        continue  # it wrote to what another receipt tells of, which is erased whole
                    yield await self._erase(ref, receipt, receipts[ref], connected, playbook)
            async for gone in self._contacts(
                person, [each for of in receipts.values() for each in of.values()], connected, playbook
            ):
                yield gone

    def _offices(self) -> list[tuple[Connected, Playbook]]:
        """What connections.yaml names; and of each line with a real service the embedded one, too."""
        lines = self.playbook.connections
        replaced = {kind: Connection(connector=name) for kind, name in EMBEDDED.items()}
        embedded = lines.model_copy(update=replaced)
        offices = [(open_connections(lines, self.given), self.playbook)]
        if any(getattr(lines, kind).connector != name for kind, name in EMBEDDED.items()):
            playbook = self.playbook.model_copy(update={"connections": embedded})
            offices.append((open_connections(embedded, self.given), playbook))
        return offices

    async def _erase(
        self,
        ref: Ref,
        receipt: Receipt,
        receipts: Mapping[str, Receipt],
        connected: Connected,
        playbook: Playbook,
    ) -> Gone:
        what = f"{ref} {receipt.action}"
        action = _ALL.get(receipt.action)
        decided = self.ledger.follow_ups.decided(ref)
        if action is None or not isinstance(action, Erases):
            note = "nobody has told how it is erased: look for it by the ref"
            return Gone(what=what, service=receipt.action, answer="cannot", note=note)
        service = getattr(playbook.connections, action.kind).connector
        if decided is None:
            return Gone(what=what, service=service, answer="not_there")
        brief = Brief(
            context=decided.context, decision=decided.decision, playbook=playbook, receipts=dict(receipts)
        )
        try:
            return _gone(what, service, await action.erase(brief, connected))
        except PlaybookError as error:
            return Gone(what=what, service=service, answer="cannot", note=str(error))
        except LeadsError as error:
            return _later(what, service, error)

    async def _contacts(
        self, person: Someone, receipts: list[Receipt], connected: Connected, playbook: Playbook
    ) -> AsyncGenerator[Gone]:
        """Last, since notes and tasks hang on it."""
        service = playbook.connections.crm.connector
        written = [one for one in receipts if one.action == "crm_contact" and one.external_id]
        ours = {made for one in written if (made := made_for(one)) is not None}
        try:
            crm = cast("Crm", connected.of_kind("crm"))
            known = {key: await crm.find_contact(key) for key in sorted(person.person_keys)}
            ids = {contact.id: contact for contact in known.values() if contact is not None}
            for one in written:
                # its address may have been changed by a person since
                contact = await crm.get_contact(one.external_id or "")
                if contact is not None and contact.properties.get("lead_ref") in person.refs:
                    ids[contact.id] = contact
            for contact_id, contact in ids.items():
                what = f"contact {contact_id}"  # of a person with two addresses there may be two
                if contact_id in ours or self.contact_too:
                    yield _gone(what, service, await crm.erase_contact(contact_id))
                    continue
                if any(contact.properties.get(name) for name in LEAD_PROPERTIES):
                    await crm.update_contact(contact_id, {}, dict.fromkeys(LEAD_PROPERTIES, ""))
                yield Gone(what=what, service=service, answer="cannot", note=_with_link(contact.url))
        except LeadsError as error:
            yield _later("contact", service, error)


def _with_link(url: str | None) -> str:
    return f"{_LEFT} ({url})" if url else _LEFT


def _gone(what: str, service: str, erased: Erased) -> Gone:
    return Gone(what=what, service=service, answer=erased.answer, note=erased.note)


def _later(what: str, service: str, error: LeadsError) -> Gone:
    """The service did not answer as it should: what is there is not known."""
    said = error.said if isinstance(error, ServiceError) else str(error)
    return Gone(what=what, service=service, answer="later", note=said)
