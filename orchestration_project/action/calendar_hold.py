"""The action `calendar_hold`: a tentative half hour in the owner's calendar for a call with the lead.

Which time is free is worked out in `slots.py`; keeping the event belongs to the calendar connectors.
"""

from collections.abc import Sequence
from datetime import datetime

from orchestration_project.action.agenda import Agenda
from orchestration_project.action.base import Brief, Tools
from orchestration_project.action.safe_text import harmless
from orchestration_project.action.slots import LOOK_AHEAD, Slot, next_slot
from orchestration_project.action.wording import local_time, reasoning, score_words, who
from orchestration_project.connectors.calendar.interface import Busy, Hold
from orchestration_project.model import Clock, Erased, NotDone, ReceiptStatus, Written
from orchestration_project.playbook.model import Autonomy
from orchestration_project.timezones import is_zone, zone

LONGEST_REASON = 500


class CalendarHold:
    """Nobody is invited: the owner confirms the time in the mail, or moves the hold."""

    name = "calendar_hold"
    kind = "calendar"
    needs = Autonomy.DRAFT
    requires: tuple[str, ...] = ()

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:  # noqa: ARG002 - one calendar, one at a time
        return ("calendar",)

    def skip(self, brief: Brief) -> str | None:  # noqa: ARG002 - every lead of the track gets one
        return None

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        found = await tools.calendar.find_hold(brief.ref)
        held = await tools.calendar.find_time(brief.ref) if found else None
        return found.model_copy(update={"until": held.end}) if found and held else found

    async def erase(self, brief: Brief, tools: Tools) -> Erased:
        return await tools.calendar.erase_hold(brief.ref)

    def preview(self, brief: Brief, now: datetime) -> str:
        """Which times are taken, only the calendar knows: it is asked when the hold is made."""
        slot = _slot(brief, now, ())
        if slot is None:
            return "No hold: the working hours have no half hour."
        event = hold(brief, slot)
        when = local_time(slot.start, brief.playbook.business)
        return f"{event.title}\n{when}, or the next half hour that is free\n{event.description}"

    def in_common(self, tools: Tools) -> Agenda:
        return Agenda(tools.calendar)

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written | NotDone:
        return await self.act_beside(brief, self.in_common(tools), clock)

    async def act_beside(self, brief: Brief, in_common: Agenda, clock: Clock) -> Written | NotDone:
        business = brief.playbook.business
        # in the owner's zone, in which a calendar reads events that name none, such as all-day ones
        now = clock().astimezone(zone(business.time_zone))
        busy = await in_common.busy(now, now + LOOK_AHEAD)
        slot = _slot(brief, now, busy)
        if slot is None:
            # a full calendar is no reason to keep the other actions from being finished
            full = f"no half hour of the working hours is free in the next {LOOK_AHEAD.days} days"
            return NotDone(status=ReceiptStatus.SKIPPED, note=full)
        written = await in_common.save_hold(hold(brief, slot))
        unsure = dict.fromkeys(one.unsure for one in busy if one.unsure)
        note = "; unsure: ".join([local_time(slot.start, business), *unsure])
        return written.model_copy(update={"note": note, "until": slot.end})


def _slot(brief: Brief, now: datetime, busy: Sequence[Busy]) -> Slot | None:
    business = brief.playbook.business
    theirs = brief.context.lead.person.time_zone
    # a zone that our tables do not know is no reason to hold no time
    lead_zone = zone(theirs) if theirs and is_zone(theirs) else None
    return next_slot(now, business.working_hours, zone(business.time_zone), lead_zone, busy)


def hold_title(brief: Brief) -> str:
    return f"Hold: call with {who(brief.context.lead)}"


def hold(brief: Brief, slot: Slot) -> Hold:
    """The event. What it says of the lead is made harmless: calendars turn text into links, too."""
    told = harmless(reasoning(brief.decision), LONGEST_REASON)
    contact = brief.receipts.get("crm_contact")
    address = f"Contact: {contact.url}" if contact and contact.url else ""
    lines = (f"Lead {brief.ref}, {score_words(brief.decision)}", told, address)
    return Hold(
        key=brief.ref,
        start=slot.start,
        end=slot.end,
        title=hold_title(brief),
        description="\n".join(line for line in lines if line),
    )
