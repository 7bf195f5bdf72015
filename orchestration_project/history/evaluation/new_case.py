"""A lead that was decided wrongly becomes an eval case: what it says stays, who said it goes.

Running cases is in `cases.py`.
"""

import re
from pathlib import Path

import phonenumbers
from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from orchestration_project.decision.redact import redact
from orchestration_project.errors import LeadsError
from orchestration_project.links import links_in
from orchestration_project.model import JsonObject, Lead

_NAME = "Robin Example"
_MAIL = "robin@company.example"
_FREE_MAIL = "robin.example.lead@gmail.com"
_COMPANY, _WEBSITE = "Company Example Ltd", "https://company.example"
_ANY_REGION = "GB"
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


def payload_of(lead: Lead) -> JsonObject:
    """A form's answers that make the same lead again, of somebody who does not exist. Left out are fields
    that no lead field takes and where the visit came from: who somebody is may stand in any of them.

    Names of others in the message cannot be known here: a person reads it before it is kept.
    """
    person, company = lead.person, lead.company
    email = None if person.email is None else _FREE_MAIL if lead.free_mail else _MAIL
    answers: dict[str, JsonValue] = {
        "submitted_at": lead.submitted_at.date().isoformat(),
        "name": _NAME if person.full_name or person.given_name or person.family_name else None,
        "email": email,
        "phone": _example_phone(person.region) if person.phone else None,
        "company": _COMPANY if company.name else None,
        "website": _WEBSITE if company.website else None,
        "message": _without_links(redact(lead.message, lead)) or None,
        "service": redact(lead.asked_service, lead) if lead.asked_service else None,
        "budget": None if lead.budget is None else f"{lead.budget:f}",
        "consent": lead.consent,
        "honeypot": "filled in" if lead.honeypot_filled else None,
    }
    return {key: value for key, value in answers.items() if value is not None}


def write_case(folder: Path, name: str, case: JsonObject) -> Path:
    """Raises LeadsError where there is a case of that name already, or it is no name for a file."""
    if not _FILE_NAME.fullmatch(name):
        raise LeadsError(f"{name!r} is no name for a case: use letters, digits, - and _.")
    path = folder / f"{name}.yaml"
    yaml = YAML()
    yaml.width = 100
    yaml.allow_unicode = True
    try:
        folder.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            yaml.dump(_readable(case), file)
    except FileExistsError as error:
        raise LeadsError(
            f"There is a case {name} already: {path}. Change that one, or name another with --name."
        ) from error
    except OSError as error:
        raise LeadsError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def _readable(value: JsonValue) -> object:
    """Texts of several lines as blocks."""
    if isinstance(value, dict):
        return {key: _readable(inner) for key, inner in value.items()}
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value


def _without_links(text: str) -> str:
    """As many links as before, to nowhere: their number says something of a lead, their target who it is."""
    for link in sorted(links_in(text), key=len, reverse=True):
        text = text.replace(link, _WEBSITE)
    return text


def _example_phone(region: str | None) -> str:
    number = phonenumbers.example_number(region or _ANY_REGION) or phonenumbers.example_number(_ANY_REGION)
    assert number is not None  # noqa: S101 - the library has one for that region
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
