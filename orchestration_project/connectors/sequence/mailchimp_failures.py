"""What Mailchimp's refusals mean: whom they are about tells the title, or the words behind another title.

What is asked of it is `mailchimp.py`.
"""

import re
from http import HTTPStatus

from pydantic import BaseModel, JsonValue, ValidationError

from orchestration_project.errors import LeadRefusedError, RefusedForNow, ServiceError, SetupError

SERVICE = "Mailchimp"
OWN_WISH = "Nothing is to be done: only the person can sign up again, through a form of Mailchimp's."
_LOOK = "Look at them in Mailchimp, Audience, and enrol them there."
_OF_ONE: tuple[tuple[str, re.Pattern[str], str, str], ...] = (
    (
        "Forgotten Email Not Subscribed",
        re.compile(r"(permanently deleted|previously removed)"),
        "was deleted from the audience for good",
        OWN_WISH,
    ),
    (
        "Member In Compliance State",
        re.compile(r"in a compliance state|previously unsubscribed|has bounced|be resubscribed"),
        "has unsubscribed, or mail to the address came back",
        OWN_WISH,
    ),
    (
        "Member Exists",
        re.compile(r"already a list member"),
        "is in the audience in a way that it lets nobody change",
        _LOOK,
    ),
)
"""Titles of refusals about one person (mailchimp.com/developer/marketing/docs/errors), and what their
details say, under another title at times."""
_OF_THE_ACCOUNT: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"user disabled", re.IGNORECASE),
        "has disabled the account of this key (403).",
        "Sign in to Mailchimp, which says why; then run `leads doctor`.",
    ),
    (
        re.compile(r"compliance ?related", re.IGNORECASE),
        "has closed this to the account for reasons of compliance (403).",
        "Sign in to Mailchimp, which says why; then run `leads doctor`.",
    ),
    (
        re.compile(r"wrong ?data ?cent", re.IGNORECASE),
        "keeps this account in another data centre (403).",
        "Copy the whole of MAILCHIMP_API_KEY, whose end names it; MAILCHIMP_BASE_URL has to fit, if set.",
    ),
)
_INVALID = "Invalid Resource"
_FAKE = re.compile(r"fake or invalid|valid email|real email", re.IGNORECASE)
_TOO_OFTEN = "signed up to a lot of lists"
_OURS = ("FNAME", "LNAME", "email_address", "EMAIL")


class _Field(BaseModel):
    field: str | None = None
    message: str | None = None


class _Problem(BaseModel):
    title: str = ""
    detail: str = ""
    errors: list[_Field] | None = None

    @property
    def words(self) -> str:
        return " ".join([self.detail, *(error.message or "" for error in self.errors or ())])


def judge(status: int, body: JsonValue) -> ServiceError | None:
    """At a high volume Mailchimp shuts us out by a bare 403, where a refused key comes with JSON."""
    if status == HTTPStatus.FORBIDDEN and body is None:
        return RefusedForNow(
            SERVICE,
            "shuts us out for now (a 403 without a word).",
            "It is tried again by itself; if this lasts, look at the key in Mailchimp.",
            answered=True,
        )
    try:
        problem = _Problem.model_validate(body)
    except ValidationError:
        return None
    match status:
        case HTTPStatus.BAD_REQUEST:
            return _refused(problem)
        case HTTPStatus.FORBIDDEN:
            told = (
                SetupError(SERVICE, *words)
                for title, *words in _OF_THE_ACCOUNT
                if title.search(problem.title)
            )
            return next(told, None)
        case _:
            return None


def _refused(problem: _Problem) -> ServiceError | None:
    for title, words, told, mend in _OF_ONE:
        if problem.title == title or words.search(problem.detail):
            return LeadRefusedError(SERVICE, f"refuses this person, who {told}.", mend)
    if problem.title == _INVALID or _TOO_OFTEN in problem.detail:
        return _invalid(problem)
    return None


def _invalid(problem: _Problem) -> ServiceError | None:
    # the details quote the address, and so are not quoted here
    if _FAKE.search(problem.words):
        told = "takes the address for a fake or an invalid one."
        return LeadRefusedError(SERVICE, told, "Look whether it is, and enrol the person by hand.")
    if _TOO_OFTEN in problem.detail:
        told = "takes no more sign-ups of this address for now, after many in a short time."
        return LeadRefusedError(SERVICE, told, "Enrol the person by hand in some days.")
    names = [(error.field or "").rpartition(".")[2] for error in problem.errors or ()]
    others = [name for name in names if name not in _OURS]
    if others and others[0].isidentifier():
        told = f"wants the field {others[0]} of every new member of the audience."
        return SetupError(SERVICE, told, "Make it optional: Audience, Settings, Audience fields.")
    if names and not others:
        told = f"does not take the {names[0]} of this lead."
        return LeadRefusedError(SERVICE, told, "Enrol the person by hand.")
    return None
