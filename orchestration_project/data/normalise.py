"""From a submission to a lead: every field read by its module, every difficulty kept as a Problem.

Nothing is judged here: whether a lead may go on is decided in `decision/`.
"""

import zoneinfo
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from orchestration_project.data.attribution import read_attribution
from orchestration_project.data.budget import read_budget
from orchestration_project.data.domains import company_domain, read_website
from orchestration_project.data.emails import read_email
from orchestration_project.data.fields import map_fields
from orchestration_project.data.names import read_name
from orchestration_project.data.phones import Phone, read_phone
from orchestration_project.data.sizes import read_employees
from orchestration_project.domains import is_free_mail
from orchestration_project.model import Company, Lead, Person, Problem, Submission
from orchestration_project.playbook.model import Business, Limits
from orchestration_project.text import one_line, paragraphs

_MAX_LINE_CHARACTERS = 200
_CLOCK_SKEW = timedelta(minutes=5)  # a form's clock may be this much ahead of ours without a word
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # small numbers read as times of 1970
_DATETIME = TypeAdapter(datetime)

ReadT = TypeVar("ReadT")

_YES = frozenset(
    {"true", "yes", "y", "1", "on", "checked", "accepted", "agreed"}
    | {"ja", "oui", "si", "sí", "sì", "sim", "tak", "ano", "kyllä", "да", "はい", "是"}
)
_NO = frozenset({"false", "0", "off", "no"})


def normalise(
    submission: Submission, business: Business, fields: Mapping[str, tuple[str, ...]], limits: Limits
) -> Lead:
    """Never raises: what cannot be read is left out, named in `problems`, and kept in `extra`.

    All but the language: telling that takes half a second to get ready, and taking in has no time to lose.

    `fields` are the owner's names for the fields of this source. `first_touch` is this visit until the
    ledger knows of an earlier one.
    """
    mapped = map_fields(submission.payload, fields)
    problems: list[Problem] = [*mapped.problems]

    def value(field: str) -> str:
        return mapped.values.get(field, "")

    def line(field: str) -> str | None:
        return one_line(value(field), _MAX_LINE_CHARACTERS) or None

    def noted(read: tuple[ReadT, Problem | None]) -> ReadT:
        result, problem = read
        if problem:
            problems.append(problem)
        return result

    email = noted(read_email(value("email"))) if value("email") else None
    name = noted(read_name(value("name"), value("first_name"), value("last_name")))
    phone = noted(read_phone(value("phone"), business.region)) if value("phone") else Phone()
    zone = noted(_read_time_zone(value("time_zone"))) if value("time_zone") else None
    website = noted(read_website(value("website"))) if value("website") else None
    budget = noted(read_budget(value("budget"), limits.max_budget)) if value("budget") else None
    message = noted(_read_message(value("message"), limits.max_message_characters))
    submitted_at = noted(_read_submitted_at(value("submitted_at"), submission.received_at))
    attribution = read_attribution(mapped.values)

    unread = {problem.field: value(problem.field) for problem in problems if problem.code == "invalid"}
    return Lead(
        ref=submission.ref,
        source=submission.source,
        external_id=submission.external_id,
        submitted_at=submitted_at,
        person=Person(
            full_name=name.full,
            given_name=name.given,
            family_name=name.family,
            email=email,
            phone=phone.number,
            region=phone.region,
            time_zone=zone or phone.time_zone,
            job_title=line("job_title"),
        ),
        company=Company(
            name=line("company"),
            domain=company_domain(email, website),
            website=website,
            industry=line("industry"),
            employees=read_employees(value("employees")),
        ),
        message=message,
        asked_service=line("service"),
        budget=budget,
        consent=value("consent").strip().casefold() in _YES,
        free_mail=email is not None and is_free_mail(email),
        honeypot_filled=value("honeypot").strip().casefold() not in {"", *_NO},
        attribution=attribution,
        first_touch=attribution,
        crm_contact_id=line("crm_contact_id"),
        extra={
            key: paragraphs(text, limits.max_message_characters)
            for key, text in {**unread, **mapped.extra}.items()
        },
        problems=tuple(problems),
    )


def _read_message(text: str, longest: int) -> tuple[str, Problem | None]:
    problem = None
    if len(text) > longest:
        problem = Problem(
            field="message",
            code="too_long",
            message=f"The message has {len(text):,} characters; only the first {longest:,} are read "
            "(max_message_characters in playbook.yaml). The whole of it is kept with the submission.",
        )
    return paragraphs(text, longest), problem


def _read_submitted_at(text: str, received_at: datetime) -> tuple[datetime, Problem | None]:
    """ISO 8601 or a Unix time; without a zone it is taken as UTC."""
    received_at = received_at.astimezone(UTC)
    if not text:
        return received_at, None
    try:
        stated = _DATETIME.validate_python(text.strip())
    except ValidationError:
        return received_at, _invalid_time("is no date and time that we can read")
    stated = stated if stated.tzinfo else stated.replace(tzinfo=UTC)
    if stated > received_at + _CLOCK_SKEW:
        return received_at, _invalid_time("lies in the future")
    if stated < _EARLIEST:
        return received_at, _invalid_time("lies before the year 2000")
    return min(stated.astimezone(UTC), received_at), None


def _invalid_time(why: str) -> Problem:
    return Problem(
        field="submitted_at",
        code="invalid",
        message=f"The time of submission {why}; the time it reached us is used instead. "
        "Check the clock and the time format of the form.",
    )


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _read_time_zone(text: str) -> tuple[str | None, Problem | None]:
    zone = one_line(text, _MAX_LINE_CHARACTERS)
    if zone in _time_zones():
        return zone, None
    return None, Problem(
        field="time_zone",
        code="invalid",
        message="The form states a time zone that is not an IANA name such as Europe/London. "
        "Correct the form; meanwhile the phone number decides.",
    )
