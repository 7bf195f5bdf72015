"""May this lead go on? Missing and broken fields, duplicates, test submissions, spam.

Scoring is not its part: a bad customer is valid, a submission that no person meant is not.
"""

import re
from collections.abc import Callable

from orchestration_project.decision.words import distinct_phrases, without_phrases
from orchestration_project.links import links_in
from orchestration_project.model import Context, Lead, Reason, Verdict
from orchestration_project.playbook.model import Junk, Playbook

MANY_LINKS = 5
_LINKS_LOOKED_AT = 5_000  # characters; finding links in a text made to slow us down is not linear

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

# Words that say nothing besides "this is a test": what is left without them is what a person meant.
_FILLER_TEXT = (
    "a an and check checking contact do does entry form from hello here hey hi if is it just lead message "
    "my name not of one only our person please submission the this to try trying user website works "
    "dolor sit amet consectetur adipiscing elit sed eiusmod tempor incididunt ut labore et dolore magna "
    "aliqua"
)
_FILLER = frozenset(_FILLER_TEXT.split())
_WORD = re.compile(r"[^\W\d_]+")
_PLAIN_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


def validate(context: Context, playbook: Playbook) -> Verdict:
    """With all that is known. What the submission alone tells comes first: junk is nobody's duplicate."""
    verdict = validate_submission(context.lead, playbook)
    if verdict.reason is None and (explanation := _duplicate(context)):
        return Verdict(ref=context.ref, reason=Reason.DUPLICATE, explanation=explanation)
    return verdict


def validate_submission(lead: Lead, playbook: Playbook) -> Verdict:
    """What the submission alone tells, before anything is looked up that costs time or money."""
    for reason, find in (
        (Reason.MISSING_FIELD, lambda: _missing(lead, playbook.required)),
        (Reason.INVALID_FIELD, lambda: _invalid(lead, playbook.required)),
        (Reason.TEST, lambda: _test(lead, playbook.junk)),
        (Reason.SPAM, lambda: _spam(lead, playbook.junk)),
    ):
        explanation = find()
        if explanation:
            return Verdict(ref=lead.ref, reason=reason, explanation=explanation)
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


def _test(lead: Lead, junk: Junk) -> str | None:
    """An honest test of the form. "We want to test a new payroll provider" is not one: a text counts
    only if less is left without the test words than there are test words."""
    full_name = lead.person.full_name or lead.person.given_name or ""
    local_part = (lead.person.email or "").partition("@")[0]
    for field, text in (("name", full_name), ("e-mail address", local_part)):
        # as words, since "_" and digits would join a test word to its neighbours: test_user1
        said, left = _test_words(" ".join(_WORD.findall(text)), junk)
        if said and not left:
            return f"The {field} is a test word of the playbook."
    said, left = _test_words(lead.message, junk, ignoring=full_name)
    if left < said:
        hits = _listed(distinct_phrases(lead.message, junk.test_words))
        return f"The message is little more than a test: it says {hits}."
    return None


def _test_words(text: str, junk: Junk, ignoring: str = "") -> tuple[int, int]:
    """How many words are test words, and how many others say something."""
    rest = _words(without_phrases(text, junk.test_words))
    meaningless = _FILLER.union(_words(ignoring))
    return len(_words(text)) - len(rest), sum(word not in meaningless for word in rest)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _spam(lead: Lead, junk: Junk) -> str | None:
    if lead.honeypot_filled:
        return "A field that people do not see was filled in."
    hits = distinct_phrases(lead.message, junk.spam_words)
    if hits:
        return f"The message has spam words of the playbook: {_listed(hits)}."
    domain = (lead.person.email or "").rpartition("@")[2].casefold()
    for blocked in junk.blocked_domains:
        if f".{domain}".endswith(f".{blocked.casefold()}"):
            return f"The e-mail domain is blocked in the playbook: {blocked}."
    return _spam_by_links(lead)


def _spam_by_links(lead: Lead) -> str | None:
    if _PLAIN_LINK.search(lead.person.full_name or ""):
        return "The name of the person is a link."
    text = lead.message[:_LINKS_LOOKED_AT]
    links = links_in(text)
    if len(links) >= MANY_LINKS:
        return f"The message has {MANY_LINKS} links or more."
    letters = len("".join(text.split()))
    if links and sum(map(len, links)) * 2 >= letters:
        return "The message is mostly links."
    return None


def _listed(words: frozenset[str]) -> str:
    return ", ".join(f'"{word}"' for word in sorted(words))
