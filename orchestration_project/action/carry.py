"""Carrying what a record of truth says to the copies that we have made of it: once a change, and never over
what a person has made of a copy.

Which system is right, and when a copy is behind, `data/records.py` says; the records' sensor starts it.
A copy is read before it is written, and written only where it says what we wrote.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from orchestration_project.action.base import Action, Brief, Tools
from orchestration_project.action.copy_kinds import Copy
from orchestration_project.action.sequence import list_name
from orchestration_project.action.wording import withdrawn_words
from orchestration_project.data.records import same
from orchestration_project.data.same_value import is_blank
from orchestration_project.model import Clock, Erased, NotDone, ReceiptStatus, Written
from orchestration_project.model.records import Held, Item
from orchestration_project.playbook.model import Autonomy

_NAMES = re.compile(r"sequence_stop(_\d+)?|[a-z]+_update_\d+")
THEIRS = "a person has changed it since, so it was left; `leads differences` shows both"
_GONE = "it is not there any more"
_UP_TO_DATE = "nothing to change: it says what the record says"


def is_carrying(action: str) -> bool:
    """Whether a receipt of that name tells of a copy that was brought up to its record, or taken back."""
    return _NAMES.fullmatch(action) is not None


Noticed = Callable[[Mapping[Item, str]], None]


class Update:
    """An action for `Doer`: the copy says what the record says, after the record's change of that number.

    `held` is what the ledger knows of the copy, and `noticed` is told what people have made of it.
    """

    requires: tuple[str, ...] = ()

    def __init__(self, copy: Copy, number: int, held: Sequence[Held], noticed: Noticed) -> None:
        self.name = f"{copy.kind}_update_{number}"
        self.kind: str = copy.kind
        self.needs = copy.needs
        self._copy = copy
        self._held = held
        self._noticed = noticed

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:
        return (brief.ref,)

    def skip(self, brief: Brief) -> str | None:  # noqa: ARG002 - as every action
        return None

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        now = None if self._copy.unable(tools) else await self._copy.now(brief, tools)
        if now is None or self._behind(brief, tools, now):
            return None
        return Written(external_id=brief.ref, note=_UP_TO_DATE)

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written | NotDone:
        if why_not := self._copy.unable(tools):
            self._noticed({one.item: one.written for one in self._held if one.written is not None})
            return NotDone(status=ReceiptStatus.SKIPPED, note=why_not)
        now = await self._copy.now(brief, tools)
        if now is None:
            return NotDone(status=ReceiptStatus.SKIPPED, note=_GONE)
        behind = self._behind(brief, tools, now)
        theirs: dict[Item, str] = {
            item: now[item] for item in behind if not self._is_ours(brief, tools, item, now[item])
        }
        if theirs:
            self._noticed(theirs)
        ours: dict[Item, str] = {item: value for item, value in behind.items() if item not in theirs}
        written = await self._copy.write(brief, tools, ours, clock) if ours else None
        if ours and written is None:
            return NotDone(status=ReceiptStatus.SKIPPED, note=_GONE)
        if theirs and not ours:
            return NotDone(status=ReceiptStatus.SKIPPED, note=f"{', '.join(theirs)}: {THEIRS}")
        left = f"; {', '.join(theirs)}: {THEIRS}" if theirs else ""
        note = f"brought up to the record: {', '.join(ours)}{left}" if ours else _UP_TO_DATE
        return Written(external_id=brief.ref, url=written.url if written is not None else None, note=note)

    async def erase(self, brief: Brief, tools: Tools) -> Erased:  # noqa: ARG002 - as every action
        return Erased(answer="not_there", note="what it changed is erased with the copy itself")

    def _behind(self, brief: Brief, tools: Tools, now: Mapping[Item, str]) -> dict[Item, str]:
        ought = self._copy.ought(brief, tools)
        return {
            item: value
            for item, value in ought.items()
            if item in now and not is_blank(value) and not same(item, now[item], value)
        }

    def _is_ours(self, brief: Brief, tools: Tools, item: Item, says: str) -> bool:
        """What we wrote, or were about to write when we were heard of last; or a blank nobody ever filled."""
        known = next((one for one in self._held if one.item == item), None)
        wrote = [value for value in (known.written, known.writing) if value] if known is not None else []
        if is_blank(says):
            return not wrote
        return any(same(item, says, self._copy.as_kept(brief, tools, value)) for value in wrote)


class SequenceStop:
    """Takes a person who has withdrawn their consent out of the mail sequence. Nobody has to ask for it."""

    name = "sequence_stop"
    kind = "sequence"
    needs = Autonomy.DRAFT
    requires: tuple[str, ...] = ()

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:
        return (_email(brief).casefold(),)

    def skip(self, brief: Brief) -> str | None:
        return None if brief.withdrawn is not None else "the consent stands"

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        if await tools.sequence.find_member(list_name(brief), _email(brief)) is not None:
            return None
        return Written(external_id=brief.ref, note=self._why(brief))

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written:  # noqa: ARG002 - as every action
        left = await tools.sequence.leave(list_name(brief), _email(brief))
        note = self._why(brief) if left else f"{self._why(brief)}; they got no mail of it any more"
        return Written(external_id=brief.ref, note=note)

    async def erase(self, brief: Brief, tools: Tools) -> Erased:  # noqa: ARG002 - as every action
        return Erased(answer="not_there", note="who was taken out is erased with the enrolment")

    @staticmethod
    def _why(brief: Brief) -> str:
        return withdrawn_words(brief.withdrawn) if brief.withdrawn is not None else ""


SEQUENCE_STOP: Action = SequenceStop()


def _email(brief: Brief) -> str:
    return brief.context.lead.person.email or ""
