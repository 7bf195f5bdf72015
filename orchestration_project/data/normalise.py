"""From a submission to a lead: every field read by its module, every difficulty kept as a Problem.

Nothing is judged here: whether a lead may go on is decided in `decision/`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from orchestration_project.data.attribution import read_attribution
from orchestration_project.data.budget import read_budget
from orchestration_project.data.consent import NO, read_consent
from orchestration_project.data.domains import company_domain, is_page_of, read_website
from orchestration_project.data.emails import read_email
from orchestration_project.data.fields import MappedFields, map_fields
from orchestration_project.data.labels import plain
from orchestration_project.data.moments import read_submitted_at, read_time_zone
from orchestration_project.data.names import read_name
from orchestration_project.data.phones import Phone, read_phone
from orchestration_project.data.regions import regions_told
from orchestration_project.data.sizes import read_employees
from orchestration_project.domains import is_free_mail, own_domain
from orchestration_project.model import Company, Lead, Person, Problem, Submission
from orchestration_project.playbook.business import Business
from orchestration_project.playbook.model import Limits
from orchestration_project.text import one_line, paragraphs
from orchestration_project.timezones import zone as time_zone

_MAX_LINE_CHARACTERS = 200
KEPT = frozenset({"invalid", "unclear", "ignored"})
"""Of what could not be read, or not for sure, the text stays."""
PARTS_OF_A_NAME = ("name", "first_name", "last_name")

ReadT = TypeVar("ReadT")


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
    ours = _own_domains(business.website, business.owner.email)
    told = mapped.values.get("email", "")
    email, unread_email = read_email(told) if told else (None, None)
    values = _page_or_website(mapped, ours, email)

    def value(field: str) -> str:
        return values.get(field, "")

    def line(field: str) -> str | None:
        return one_line(value(field), _MAX_LINE_CHARACTERS) or None

    def noted(read: tuple[ReadT, Problem | None]) -> ReadT:
        result, problem = read
        if problem:
            problems.append(problem)
        return result

    noted((email, unread_email))
    name = noted(read_name(value("name"), value("first_name"), value("last_name"), value("company")))
    website = noted(_read_website(value("website"), ours)) if value("website") else None
    phone = (
        noted(read_phone(value("phone"), business.region, lambda: regions_told(mapped.extra, website, email)))
        if value("phone")
        else Phone()
    )
    zone = noted(read_time_zone(value("time_zone"))) if value("time_zone") else None
    budget = (
        noted(
            read_budget(value("budget"), limits.max_budget, business.currency, mapped.keys.get("budget", ""))
        )
        if value("budget")
        else None
    )
    message = noted(_read_message(value("message"), limits.max_message_characters))
    submitted_at = noted(
        read_submitted_at(
            value("submitted_at"), submission.received_at, time_zone(business.time_zone), business.region
        )
    )
    consent = noted(read_consent(value("consent")))
    attribution = read_attribution(values)

    unread = {
        field: value(field)
        for problem in problems
        if problem.code in KEPT
        for field in (PARTS_OF_A_NAME if problem.field == "name" else (problem.field,))
        if value(field) and not (field == "name" and name.company)
    }
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
            phone_extension=phone.extension,
            region=phone.region,
            time_zone=zone or phone.time_zone,
            job_title=line("job_title"),
        ),
        company=Company(
            name=line("company") or (name.full if name.company else None),
            domain=company_domain(email, website, ours),
            website=website,
            industry=line("industry"),
            employees=read_employees(value("employees")),
        ),
        message=message,
        asked_service=line("service"),
        budget=budget,
        consent=consent,
        free_mail=email is not None and is_free_mail(email),
        honeypot_filled=value("honeypot").strip().casefold() not in {"", *NO},
        attribution=attribution,
        first_touch=attribution,
        crm_contact_id=line("crm_contact_id"),
        extra={
            key: paragraphs(text, limits.max_message_characters)
            for key, text in {**unread, **mapped.extra}.items()
        },
        problems=tuple(problems),
    )


def _page_or_website(mapped: MappedFields, ours: frozenset[str], email: str | None) -> Mapping[str, str]:
    """What a form calls `url` is the page it is on, unless it is of the domain that the lead writes from."""
    values = dict(mapped.values)
    page = values.get("landing_page", "")
    key = plain(mapped.keys.get("landing_page", "").rpartition(".")[2])
    theirs = company_domain(email, None, ours)
    if (
        key == "url"
        and "website" not in values
        and is_page_of(page, frozenset({theirs}) if theirs else frozenset())
    ):
        values["website"] = values.pop("landing_page")
    return values


def _read_website(text: str, ours: frozenset[str]) -> tuple[str | None, Problem | None]:
    if is_page_of(text, ours):
        return None, Problem(
            field="website",
            code="unclear",
            message="The form names a page of our own as the lead's website. It is left out: it may be "
            "the page of the form. Look the company up by its name.",
        )
    return read_website(text)


@lru_cache(maxsize=8)
def _own_domains(website: str | None, address: str) -> frozenset[str]:
    places = (website or "", "" if is_free_mail(address) else address.rpartition("@")[2])
    return frozenset(domain for place in places if (domain := own_domain(place)) is not None)


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
