"""What is told to the CRM later on: that the draft was sent, and that the call took place.

When a lead is due for them, the ledger knows; asking for it again and again is the sensor's business.
"""

from datetime import datetime

from orchestration_project.action.base import Brief, Entry, Tools
from orchestration_project.action.wording import local_time, who
from orchestration_project.connectors.calendar.interface import Busy, HeldTime
from orchestration_project.connectors.crm.interface import LoggedActivity
from orchestration_project.connectors.mail.interface import SentMail
from orchestration_project.errors import PermanentServiceError
from orchestration_project.model import Clock, Erased, NotDone, ReceiptStatus, Ref, Written
from orchestration_project.playbook.model import Autonomy
from orchestration_project.text import readable

LONGEST_MAIL = 10_000
NO_CALL = "a person says that there was no call"


class LogSentMail:
    """Logs the mail that a person made of the draft and sent, as it was sent."""

    name = "sent_mail"
    kind = "crm"
    needs = Autonomy.INTERNAL
    requires: tuple[str, ...] = ("crm_contact",)

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:
        return (brief.ref,)  # two runs that look at the same moment would both find nothing logged

    def skip(self, brief: Brief) -> str | None:
        return _without_contact(brief)

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        return await tools.crm.find_activity(_contact_id(brief), mail_key(brief.ref))

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written:  # noqa: ARG002 - as every action
        draft_id = brief.outside_id("draft")
        sent = await tools.mail.find_sent(brief.ref, draft_id) if draft_id else None
        if sent is None:
            raise PermanentServiceError(
                "mail",
                f"the mail that was sent to {brief.ref} is no longer there.",
                "Put it back among the sent mails, or log it in the CRM by hand.",
            )
        written = await tools.crm.log_activity(_contact_id(brief), mail_activity(brief.ref, sent))
        when = local_time(sent.sent_at, brief.playbook.business)
        return written.model_copy(
            update={"url": written.url or sent.url, "note": f"sent {when}", "until": sent.sent_at}
        )

    def entry(self, brief: Brief) -> Entry:
        return Entry(kind="activity", key=mail_key(brief.ref), inside=brief.outside_id("crm_contact"))

    async def erase(self, brief: Brief, tools: Tools) -> Erased:
        return await tools.crm.erase_entry("activity", _contact_id(brief), mail_key(brief.ref))


class LogCall:
    """Logs the call that the lead agreed to: its time in the calendar has passed, and the lead had accepted
    an invitation to it; or a person says that it took place. A hold alone is no call."""

    name = "call"
    kind = "crm"
    needs = Autonomy.INTERNAL
    requires: tuple[str, ...] = ("crm_contact",)

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:
        return (brief.ref,)

    def skip(self, brief: Brief) -> str | None:
        return _without_contact(brief)

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        return await tools.crm.find_activity(_contact_id(brief), call_key(brief.ref))

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written | NotDone:
        held = await tools.calendar.find_time(brief.ref)
        if not brief.call_took_place:
            left_out = no_call(brief, held, clock())
            if left_out is not None:
                return left_out
        if held is None or held.start > clock():
            held = None  # a person says so of a call at another time
        activity = call_activity(brief, held, clock())
        written = await tools.crm.log_activity(_contact_id(brief), activity)
        return written.model_copy(update={"note": local_time(activity.at, brief.playbook.business)})

    def entry(self, brief: Brief) -> Entry:
        return Entry(kind="activity", key=call_key(brief.ref), inside=brief.outside_id("crm_contact"))

    async def erase(self, brief: Brief, tools: Tools) -> Erased:
        return await tools.crm.erase_entry("activity", _contact_id(brief), call_key(brief.ref))


SENT_MAIL = LogSentMail()
CALL = LogCall()


def mail_key(ref: Ref) -> str:
    """By which the CRM entry of a sent first mail is found again."""
    return f"{ref}-mail"


def call_key(ref: Ref) -> str:
    """By which the CRM entry of a call is found again."""
    return f"{ref}-call"


def mail_activity(ref: Ref, sent: SentMail) -> LoggedActivity:
    """The sent mail as the CRM logs it: as it was sent, at most LONGEST_MAIL characters."""
    body = readable(sent.text).strip()
    cut = " […]" if len(body) > LONGEST_MAIL else ""
    return LoggedActivity(
        key=mail_key(ref),
        kind="mail",
        at=sent.sent_at,
        title=readable(sent.subject).strip() or "(no subject)",
        body=body[:LONGEST_MAIL] + cut,
    )


def no_call(brief: Brief, held: HeldTime | None, now: datetime) -> NotDone | None:
    """Why there is no call to log (yet), as far as the calendar knows; None: there was one."""
    if brief.call_took_place is False:
        return NotDone(status=ReceiptStatus.SKIPPED, note=NO_CALL)
    if held is None:
        return NotDone(status=ReceiptStatus.SKIPPED, note="its time was taken out of the calendar")
    if held.end > now:
        when = local_time(held.start, brief.playbook.business)
        return NotDone(status=ReceiptStatus.PLANNED, note=f"was moved to {when}", until=held.end)
    email = (brief.context.lead.person.email or "").casefold()
    if email and email in (address.casefold() for address in held.accepted_by):
        return None
    return NotDone(
        status=ReceiptStatus.SKIPPED,
        note="its time has passed, and the lead has accepted no invitation to it. "
        f"If there was a call: `leads called {brief.ref}`",
    )


def call_activity(brief: Brief, held: Busy | None, now: datetime) -> LoggedActivity:
    """The call as the CRM logs it: at the time of the calendar's hold as it stood, or of a person's word."""
    because = (
        "a person said that it took place"
        if brief.call_took_place
        else "the lead had accepted the invitation and its time had passed"
    )
    return LoggedActivity(
        key=call_key(brief.ref),
        kind="call",
        at=held.start if held else now,
        title=f"Call with {who(brief.context.lead)}",
        # how it went only the owner knows
        body=f"Lead {brief.ref}. Logged since {because}; correct it if it was otherwise.",
        minutes=round((held.end - held.start).total_seconds() / 60) if held else None,
    )


def _without_contact(brief: Brief) -> str | None:
    contact = brief.receipts.get("crm_contact")
    if contact is not None and contact.status is ReceiptStatus.SKIPPED:
        return "there is no CRM contact to log it on"
    return None


def _contact_id(brief: Brief) -> str:
    contact_id = brief.outside_id("crm_contact")
    if contact_id is None:
        raise PermanentServiceError(
            "CRM", f"{brief.ref} has no contact to log it on.", f"Run `leads replay {brief.ref}` first."
        )
    return contact_id
