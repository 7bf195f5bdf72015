"""May this lead go on? Missing and broken fields, duplicates, test submissions, spam.

Scoring is not its part: a bad customer is valid, a submission that no person meant is not.
"""

from collections.abc import Callable, Mapping

from orchestration_project.decision.genuine.form_tests import form_test
from orchestration_project.decision.genuine.judge import judge
from orchestration_project.decision.genuine.signs import NOTHING, Seen
from orchestration_project.model import Context, Doubt, DoubtKind, Lead, Reason, Verdict
from orchestration_project.playbook.model import Junk, Playbook

_FIELDS: dict[str, Callable[[Lead], object]] = {
    "name": lambda lead: lead.person.full_name or lead.person.given_name or lead.person.family_name,
    "email": lambda lead: lead.person.email,
    "phone": lambda lead: lead.person.phone,
    "company": lambda lead: lead.company.name,
    "website": lambda lead: lead.company.website,
    "message": lambda lead: lead.message.strip(),
    "service": lambda lead: lead.asked_service,
    "budget": lambda lead: lead.budget is not None,
    "consent": lambda lead: lead.consent,
}


def validate(context: Context, playbook: Playbook, seen: Seen = NOTHING) -> Verdict:
    """With all that is known. What the submission alone tells comes first: junk is nobody's duplicate."""
    return validate_rest(context, validate_submission(context.lead, playbook, seen))


def validate_rest(context: Context, verdict: Verdict) -> Verdict:
    """What only the look-ups tell, of a lead whose submission was judged before."""
    if verdict.reason is None and (explanation := _duplicate(context)):
        return Verdict(ref=context.ref, reason=Reason.DUPLICATE, explanation=explanation)
    return verdict


def validate_submission(
    lead: Lead, playbook: Playbook, seen: Seen = NOTHING, own: Mapping[int, float] | None = None
) -> Verdict:
    """What the submission alone tells, before anything is looked up that costs time or money; `seen` is what
    the ledger knows of its sender, and of others who wrote the same, `own` what its labels taught."""
    for reason, find in (
        (Reason.MISSING_FIELD, lambda: _missing(lead, playbook.required)),
        (Reason.INVALID_FIELD, lambda: _invalid(lead, playbook.required)),
        (Reason.TEST, lambda: form_test(lead, playbook.junk)),
        (Reason.SPAM, lambda: _spam(lead, playbook.junk)),
    ):
        explanation = find()
        if explanation:
            return Verdict(ref=lead.ref, reason=reason, explanation=explanation)
    services = tuple(word for service in playbook.services for word in service.words)
    known = seen.model_copy(update={"own_domain": playbook.business.own_domain, "services": services})
    return _genuine(lead, playbook.junk, known, own)


def _genuine(lead: Lead, junk: Junk, seen: Seen, own: Mapping[int, float] | None) -> Verdict:
    judged = judge(lead, junk, seen, own)
    if judged.is_to_be_held(junk.hold_from):
        return Verdict(ref=lead.ref, reason=Reason.SPAM, explanation=judged.says())
    if judged.likely >= junk.check_from:
        return Verdict(ref=lead.ref, doubts=(Doubt(kind=DoubtKind.MAYBE_SPAM, says=judged.says()),))
    return Verdict(ref=lead.ref)


def _missing(lead: Lead, required: tuple[str, ...]) -> str | None:
    for field in required:
        if not _value(lead, field) and not _messages(lead, field, "invalid", "too_long"):
            hint = _messages(lead, field, "missing", "renamed", "ignored")
            return _sentence(f"The submission has no {field}, which the playbook requires.", hint)
    return None


def _invalid(lead: Lead, required: tuple[str, ...]) -> str | None:
    for field in required:
        # a field that is too long was shortened, and can still be worked with
        told = _messages(lead, field, "invalid") or (
            () if _value(lead, field) else _messages(lead, field, "too_long")
        )
        if told:
            return _sentence(f"The {field} of the submission cannot be used.", told)
    return None


def _value(lead: Lead, field: str) -> object:
    read = _FIELDS.get(field)
    return read(lead) if read else lead.extra.get(field)


def _messages(lead: Lead, field: str, *codes: str) -> tuple[str, ...]:
    return tuple(
        problem.message for problem in lead.problems if problem.field == field and problem.code in codes
    )


def _sentence(says: str, more: tuple[str, ...]) -> str:
    return " ".join((says, *more))


def _duplicate(context: Context) -> str | None:
    """A form sent twice. Who writes again and says something new is heard: see `action/again.py`."""
    repeats = context.standing.repeats
    return f"The same person wrote the same a short time before, as {repeats}." if repeats else None


def _spam(lead: Lead, junk: Junk) -> str | None:
    """What decides by itself: a trap, and what the owner has named."""
    if lead.honeypot_filled:
        return "A field that people do not see was filled in."
    domain = (lead.person.email or "").rpartition("@")[2].casefold()
    for blocked in junk.blocked_domains:
        if f".{domain}".endswith(f".{blocked.casefold()}"):
            return f"The e-mail domain is blocked in the playbook: {blocked}."
    return None
