"""Reading an e-mail address, and the key by which two leads are the same person.

Whose domain it is (a company's or a free-mail provider's) is decided in `domains.py`.
"""

import re
import unicodedata
from urllib.parse import unquote

import email_validator

from orchestration_project.data.addresses import near_provider
from orchestration_project.domains import registrable_domain
from orchestration_project.model import Problem
from orchestration_project.text import JOINERS, one_line

_MAX_CHARACTERS = 320
_FEW_WORDS = 6
_NO_JOINERS = dict.fromkeys(map(ord, JOINERS))
_PART = re.compile(r"[^\s@,;:|/()<>\[\]{}\"?]+@[^\s@,;:|/()<>\[\]{}\"?]+")
_AT = re.compile(
    r"\s*[(\[{]\s*(?:at|@|ät)\s*[)\]}]\s*|\s+at\s+(?=\S+(?:\s+dot\s+|\s*[(\[{]dot|\.))", re.IGNORECASE
)
_DOT = re.compile(r"\s*[(\[{]\s*(?:dot|punkt|\.)\s*[)\]}]\s*|\s+dot\s+", re.IGNORECASE)
_CUT = re.compile(r"@([a-z0-9-]+(?:\s*\.\s*[a-z]{2,})+)\W*$", re.IGNORECASE)
_SEVERAL = Problem(
    field="email",
    code="unclear",
    message="Several e-mail addresses stand in one field. The first one counts; all of them are kept as "
    "they were typed.",
)
_INVALID = Problem(
    field="email",
    code="invalid",
    message="This is not a complete e-mail address, so there is nowhere to reply to. "
    "Look for another way to reach the person in the submission, or correct the address.",
)


def read_email(text: str) -> tuple[str | None, Problem | None]:
    """The address with its domain in lower case, an international domain in the ASCII form (`xn--…`)
    that every mail system takes."""
    bare = _bare(text)
    if (email := _valid(bare)) is not None:
        return email, _mistyped(email)
    together = _joined(bare)
    if (email := _valid(together)) is not None:
        return email, _mistyped(email)
    if len(together.split()) > _FEW_WORDS:
        return None, _INVALID  # a text that speaks of an address
    within = [email for part in _PART.findall(together) if (email := _valid(_bare(part))) is not None]
    found = list({person_key(email): email for email in within}.values())
    if not found:
        return None, _INVALID
    return found[0], _mistyped(found[0]) if len(found) == 1 else _SEVERAL


def _valid(text: str) -> str | None:
    try:
        address = email_validator.validate_email(
            text,
            check_deliverability=False,
            allow_display_name=True,
            test_environment=True,  # lets `.test` pass: trying the form out must be possible
        )
    except email_validator.EmailNotValidError:
        return None
    return address.ascii_email or address.normalized


def _joined(text: str) -> str:
    """`jane @ acme.co.uk` and `jane(at)acme[dot]co.uk`: written apart, or so that machines do not find it."""
    if "@" not in text or "(@)" in text:
        text = _AT.sub("@", text, count=1)
        text = _DOT.sub(".", text) if "@" in text else text
    text = re.sub(r"\s*@\s*", "@", text)
    # `jane@acme.co. uk`: what stands before the blank alone is another address
    domain = _CUT.search(text)
    if domain is not None and (whole := re.sub(r"\s", "", domain[1])) == registrable_domain(whole):
        text = text[: domain.start(1)] + whole
    return text


def _mistyped(email: str) -> Problem | None:
    if meant := near_provider(email.rpartition("@")[2]):
        says = f"The address may be mistyped: is {meant} meant? Nothing was changed."
        return Problem(field="email", code="unclear", message=says)
    return None


def _bare(text: str) -> str:
    """Without what an autocorrection or a sentence has put around it: a full-width @, a dot at the end,
    quotes."""
    typed = (
        unicodedata.normalize("NFKC", one_line(text, _MAX_CHARACTERS))
        if {"＠", "．", "﹫"} & set(text)
        else text
    )
    if ("%40" in typed and "@" not in typed) or typed.rstrip().endswith("%20"):
        typed = unquote(typed)
    bare = one_line(typed, _MAX_CHARACTERS).translate(_NO_JOINERS).strip(" \t.,;:!?'\"“”‘’«»()[]{}")
    if bare[:7].casefold() == "mailto:":
        bare = bare[7:].partition("?")[0]
    # `<jane@acme.co.uk>` alone; with a name before it the library knows it
    return bare.removeprefix("<").removesuffix(">") if bare.startswith("<") else bare


def person_key(email: str) -> str:
    """What two leads of one person have in common: the whole normalised address without case.

    Nothing smarter, such as leaving out dots or `+tags`: those rules are Gmail's, not e-mail's. Counting
    one person twice is a nuisance; merging two people shows one of them the other's inquiry.
    """
    return email.casefold()
