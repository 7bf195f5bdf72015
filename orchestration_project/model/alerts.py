"""What is broken now, as one part of the program tells another, and a message about it to a person.

Who looks for it is `watch/causes/`; what was told of it to whom is kept by `ledger/alerts.py`.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, AwareDatetime, Field

from orchestration_project.links import mask_emails
from orchestration_project.model.common import Frozen, Ref

ASKED = "asked"
"""The cause of what services say when the watch asks; here, since `leads doctor` does not load the watch."""

Severity = Literal["note", "warning", "urgent"]
"""`urgent`: leads lie idle until somebody does something. `warning`: something is lost, or late. `note`: to
be seen within days."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

MOST_REFS = 10
"""So many leads of a trouble are named; the others are counted."""
_LONGEST = 600


def _harmless(text: str) -> str:
    """Without the addresses that a service's answer may quote, and no longer than a message can be."""
    masked = mask_emails(" ".join(text.split()), "[address]")
    return masked if len(masked) <= _LONGEST else f"{masked[: _LONGEST - 1]}…"


Words = Annotated[str, AfterValidator(_harmless)]


class Trouble(Frozen):
    """One thing that is broken now. `cause` and `subject` tell it from others: found again it is the same,
    however its words and numbers have changed."""

    cause: str  # the kind, such as `connection`
    subject: str = ""  # which of that kind: a connection, a source, a sensor
    severity: Severity
    what: Words  # one sentence
    since: AwareDatetime | None = None  # None: since it was found
    refs: tuple[Ref, ...] = Field(default=(), max_length=MOST_REFS)
    leads: int = 0  # how many are concerned, named or not
    times: int = 0  # how often it has happened since it began, where that is counted
    service: str = ""
    said: Words = ""  # what the service answered
    mend: Words = ""  # what to do now
    command: str = ""
    link: str = ""


class Letter(Frozen):
    """A message to a person, for any sender. Text without markup."""

    key: str  # of what it tells, without blanks: a letter that is sent twice has the same
    severity: Severity
    title: str  # one line
    body: str  # lines
    link: str = ""


def weight(severity: Severity) -> int:
    """The heavier, the more."""
    return SEVERITIES.index(severity)


def some(refs: Sequence[str]) -> tuple[Ref, ...]:
    """As many as a trouble names."""
    return tuple(Ref(ref) for ref in refs[:MOST_REFS])
