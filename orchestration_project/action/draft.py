"""The action `draft`: a first-touch mail, ready for a person to review and send.

Filling in the template is `template.py`; where drafts are kept belongs to the mail connectors.
"""

from datetime import datetime, timedelta
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from orchestration_project.action.again import last_wrote
from orchestration_project.action.base import Brief, Entry, Tools
from orchestration_project.action.greeting import may_be_greeted
from orchestration_project.action.mail_headers import address_header, text_header
from orchestration_project.action.safe_text import harmless
from orchestration_project.action.template import render
from orchestration_project.action.wording import month_words
from orchestration_project.connectors.mail.interface import FindsByRecipient
from orchestration_project.decision.own_words import may_open
from orchestration_project.errors import PlaybookError
from orchestration_project.model import Clock, Erased, Written
from orchestration_project.playbook.model import Autonomy, Template
from orchestration_project.timezones import zone


class _Headers(HeaderRegistry):
    """By itself it makes a new class for each header of each mail, and reads anew how its parts are written,
    which is the same in all."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, type[BaseHeader]] = {}
        self._same = lru_cache(maxsize=64)(super().__call__)

    def __call__(self, name: str, value: str) -> BaseHeader:
        of_a_part = name.lower() in ("content-type", "content-transfer-encoding", "mime-version")
        # by their texts: a header that is passed on equals its text, and is no text to be read
        return self._same(name, str(value)) if of_a_part else super().__call__(name, value)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        if (made := self._made.get(name)) is None:
            made = self._made[name] = super().__getitem__(name)
        return made


_HEADERS = _Headers()
_POLICIES = {True: SMTP.clone(header_factory=_HEADERS), False: SMTPUTF8.clone(header_factory=_HEADERS)}
CLOCKS_DIFFER = timedelta(minutes=1)
"""A form's clock and a mailbox's. A draft is younger than the lead that it was written for."""


class Draft:
    """Saved under the lead's ref and found again by its Message-ID, which is made from the ref; or by the
    recipient, where a person's editing may have cost it all that we gave it."""

    name = "draft"
    kind = "mail"
    needs = Autonomy.DRAFT
    requires: tuple[str, ...] = ()

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:  # noqa: ARG002 - a lead's draft is nobody else's
        return ()

    def skip(self, brief: Brief) -> str | None:
        email = brief.context.lead.person.email
        if not email:
            return "left no e-mail address"
        if brief.unanswered:
            return f"nothing is drafted to a {brief.unanswered.lower()}"
        return None if _address("", email) else "the e-mail address cannot be written to"

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        message_id = _message_id(brief)
        found = await tools.mail.find_draft(brief.ref, message_id)
        recipient = _address("", brief.context.lead.person.email or "")
        if found is None and recipient is not None and isinstance(tools.mail, FindsByRecipient):
            since = brief.context.lead.submitted_at - CLOCKS_DIFFER
            found = await tools.mail.find_draft_to(recipient.addr_spec, since, message_id)
        return _noted(found) if found else None

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written:
        return _noted(await tools.mail.save_draft(brief.ref, compose(brief, clock())))

    def preview(self, brief: Brief, now: datetime) -> str:
        message = compose(brief, now)
        body = message.get_body(("plain",))
        headers = [f"{name}: {message[name]}" for name in ("From", "To", "Subject")]
        return "\n".join([*headers, "", body.get_content().strip() if body else ""])

    def entry(self, brief: Brief) -> Entry:
        return Entry(kind="draft", key=brief.ref, inside=_message_id(brief))

    async def erase(self, brief: Brief, tools: Tools) -> Erased:
        found = await self.find(brief, tools)
        draft_id = found.external_id if found is not None else brief.outside_id(self.name)
        return await tools.mail.erase_draft(brief.ref, draft_id or _message_id(brief))


def compose(brief: Brief, now: datetime) -> EmailMessage:
    """The mail, addressed but not sent. Raises PlaybookError if the lead's track has no usable template."""
    business = brief.playbook.business
    values = _values(brief)
    sender = _address(business.owner.name, business.owner.email)
    recipient = _address(str(values["full_name"] or values["company"]), brief.context.lead.person.email or "")
    if sender is None:
        raise PlaybookError(
            "playbook.yaml: the e-mail address of business.owner cannot send mail. Correct it."
        )
    if recipient is None:
        raise ValueError("a lead without an e-mail address is skipped")
    rendered = render(_template(brief), values, business.language)

    # plain ASCII on the wire, unless an address itself has letters that ASCII lacks
    ascii_only = (sender.addr_spec + recipient.addr_spec).isascii()
    message = EmailMessage(_POLICIES[ascii_only])
    message["From"] = address_header("From", sender)
    message["To"] = address_header("To", recipient)
    message["Subject"] = text_header("Subject", rendered.subject)
    message["Date"] = now.astimezone(zone(business.time_zone))
    message["Message-ID"] = _message_id(brief)
    message["X-Unsent"] = "1"  # Outlook and others then open the file as a draft
    # every mail program reads quoted-printable, and it keeps all lines short
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = business.language  # only now: filling in the body clears such headers
    # the same brief gives the same bytes; `=_` cannot occur in quoted-printable text
    message.set_boundary(f"=_{brief.ref}")
    return message


def _message_id(brief: Brief) -> str:
    return f"<draft.{brief.ref.lower()}@{brief.playbook.business.own_domain}>"


def _template(brief: Brief) -> Template:
    file = brief.track.draft
    template = brief.playbook.templates.get(file) if file else None
    if template is None:
        raise PlaybookError(
            f"playbook.yaml: the track {brief.track.name} has the action draft, but no template for it. "
            "Add a line `draft:` with the name of a file in drafts/."
        )
    return template


def _greeted(given: str) -> str:
    """Nobody wants to be greeted as "Hello J."."""
    initial = len(given.rstrip(".")) == 1 and given.isascii()
    return "" if initial else given


def _values(brief: Brief) -> dict[str, str | bool]:
    """What the template may say. Everything a stranger, or a model that read one, wrote is made harmless."""
    lead, business, score = brief.context.lead, brief.playbook.business, brief.decision.scoring.score
    titles = {service.name: service.title for service in brief.playbook.services}
    opening = score.opening if score and may_open(score.opening, lead, brief.playbook) else ""
    greeted = may_be_greeted(lead.person)
    before = last_wrote(brief.context)
    return {
        "given_name": harmless(_greeted(lead.person.given_name or ""), 40) if greeted else "",
        "full_name": harmless(lead.person.full_name or "", 80) if greeted else "",
        "company": harmless(lead.company.name or "", 80),
        "service": titles.get(score.service or "", "") if score else "",
        "opening": harmless(opening, 300),
        "returning": brief.context.standing.kind != "new" or before is not None,
        "last_wrote": month_words(before, business) if before else "",
        "business": business.name,
        "business_website": business.website or "",
        "owner_name": business.owner.name,
        "owner_role": business.owner.role,
    }


def _address(name: str, email: str) -> Address | None:
    """None for what is no address. The domain is written in ASCII, as all mail programs know it."""
    try:
        valid = validate_email(email, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return None
    return Address(" ".join(name.split()), valid.local_part, valid.ascii_domain)


def _noted(written: Written) -> Written:
    return written.model_copy(update={"note": written.note or "Waits among the drafts for review."})
