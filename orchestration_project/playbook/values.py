"""The kinds of single values a playbook holds: regions, currencies, times, levels of autonomy…

Which line holds which of them is said in `shapes.py` and `connections.py`.
"""

import keyword
import re
from collections.abc import Callable, Mapping
from datetime import date, time
from functools import cache
from typing import Annotated, get_args

import phonenumbers
from babel import Locale, localedata
from babel.core import get_global
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, StringConstraints, ValidationInfo

from orchestration_project.errors import LeadsError
from orchestration_project.model.fields import LEAD_FIELDS, REQUIRABLE_FIELDS
from orchestration_project.playbook.business import WEEKDAYS, Weekday
from orchestration_project.playbook.capabilities import Names, names_of
from orchestration_project.playbook.mistakes import refuse, shown, suggest
from orchestration_project.playbook.model import Autonomy, Effort
from orchestration_project.timezones import zone

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


OneOrMany = BeforeValidator(_one_or_many)
Texts = Annotated[tuple[Text, ...], OneOrMany]


# --- codes of a standard ------------------------------------------------------------------------


@cache
def _regions() -> Mapping[str, str]:
    names = Locale("en").territories
    return {code: names.get(code, code) for code in phonenumbers.SUPPORTED_REGIONS}


@cache
def _currencies() -> Mapping[str, str]:
    return dict(Locale("en").currencies)


@cache
def _languages() -> Mapping[str, str]:
    iso_639_1 = 2
    return {code: name for code, name in Locale("en").languages.items() if len(code) == iso_639_1}


def _is_region(value: str) -> bool:
    return value in phonenumbers.SUPPORTED_REGIONS


def _is_currency(value: str) -> bool:
    return value in get_global("all_currencies")


def _is_language(value: str) -> bool:
    return re.fullmatch("[a-z]{2}", value) is not None and localedata.exists(value)


def _code(
    what: str, known: Callable[[str], bool], choices: Callable[[], Mapping[str, str]], example: str
) -> AfterValidator:
    """`choices` are all there are, with their names, which take long to read: only where `known` says no."""

    def check(value: str) -> str:
        if known(value):
            return value
        by_code = choices()
        if value in by_code:
            return value
        folded = value.casefold()
        meant = [code for code, name in by_code.items() if folded in (code.casefold(), name.casefold())]
        meant += [code for code in get_global("territory_aliases").get(value.upper(), ()) if code in by_code]
        mend = f"Did you mean `{meant[0]}`?" if meant else f"Write a code such as {example}."
        raise refuse(f"`{shown(value)}` is not a {what}.", mend)

    return AfterValidator(check)


Region = Annotated[str, _code("region", _is_region, _regions, "GB, DE or US (ISO 3166)")]
Currency = Annotated[str, _code("currency", _is_currency, _currencies, "GBP, EUR or USD (ISO 4217)")]
Language = Annotated[str, _code("language", _is_language, _languages, "en, de or fr (ISO 639-1)")]


def _time_zone(value: str) -> str:
    try:
        zone(value)
    except LeadsError as error:
        raise refuse(str(error), "Write a name of the IANA list, such as Europe/London.") from error
    return value


TimeZone = Annotated[str, AfterValidator(_time_zone)]


# --- names that other lines or the code define --------------------------------------------------


def check_name(what: str, value: str, known: frozenset[str]) -> str:
    """The name, if it is one of `known`. Refuses any other with the one that was probably meant; `what` says
    in words what it should name."""
    if value not in known:
        raise refuse(f"There is no {what} called `{shown(value)}`.", suggest(value, known))
    return value


def _named(what: str, choices: Callable[[Names], frozenset[str]]) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        return check_name(what, value, choices(names_of(info)))

    return AfterValidator(check)


Action = Annotated[str, _named("action", lambda names: names.capabilities.actions)]
ActionOrFollowUp = Annotated[
    str, _named("action", lambda names: names.capabilities.actions | names.capabilities.follow_ups)
]
Service = Annotated[str, _named("service", lambda names: names.services)]
Category = Annotated[str, _named("category", lambda names: names.categories)]
TrackRef = Annotated[str, _named("track", lambda names: names.tracks)]
DraftFile = Annotated[str, _named("draft template", lambda names: names.drafts)]
LeadField = Annotated[str, _named("lead field", lambda _: REQUIRABLE_FIELDS)]
FormField = Annotated[str, _named("lead field", lambda _: LEAD_FIELDS)]


def _track_name(value: str, info: ValidationInfo) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        plain = re.sub(r"[^a-z0-9]+", "_", value.casefold()).strip("_")
        better = plain if plain[:1].isalpha() else f"track_{plain}".rstrip("_")
        raise refuse(
            f"`{shown(value)}` cannot be the name of a track, which becomes a branch of the graph.",
            f"Use small letters, digits and _, such as `{shown(better)}`; what people read is its `title`.",
        )
    if keyword.iskeyword(value) or value in names_of(info).capabilities.reserved:
        raise refuse(f"`{value}` is a name the graph uses itself.", f"Call it `{value}_leads`, for instance.")
    return value


TrackName = Annotated[str, AfterValidator(_track_name)]


# --- the rest -----------------------------------------------------------------------------------


def _email(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise refuse("This is not an e-mail address.", str(error)) from error


Email = Annotated[str, AfterValidator(_email)]


def _web_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+\.[^\s/]+(/\S*)?", value):
        raise refuse(
            f"`{shown(value)}` is not a web address.", "Write it in full, such as https://firm.example."
        )
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]


def _time_of_day(value: object) -> time:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(value))
    if not match:
        raise refuse(f"`{shown(value)}` is not a time of day.", 'Write it as "09:00", in quotes.')
    return time(int(match[1]), int(match[2]))


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]


def _date(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise refuse(f"`{shown(value)}` is not a date.", "Write it as 2026-01-31.") from None


Date = Annotated[date, BeforeValidator(_date)]


def _weekday(value: object) -> object:
    return check_name("weekday", value, frozenset(WEEKDAYS)) if isinstance(value, str) else value


Day = Annotated[Weekday, BeforeValidator(_weekday)]


def _level(value: object) -> Autonomy:
    by_name = {level.name.lower(): level for level in Autonomy}
    if by_name.get(str(value)) is Autonomy.SEND:
        # better refused than taken for something that sends
        raise refuse("Mails are not sent without review yet.", "Write `draft`: a person presses send.")
    if isinstance(value, str) and value in by_name:
        return by_name[value]
    raise refuse(f"There is no level of autonomy `{shown(value)}`.", suggest(str(value), by_name))


def _when_ai_fails(value: object, info: ValidationInfo) -> str | None:
    if value == "scorecard" or value is None:
        return None
    if isinstance(value, dict) and list(value) == ["track"]:
        return check_name("track", str(value["track"]), names_of(info).tracks)
    raise refuse(
        "`when_ai_fails` is neither `scorecard` nor a track.",
        "Write `when_ai_fails: scorecard`, or `when_ai_fails: {track: NAME}`.",
    )


def _effort(value: object) -> object:
    efforts = frozenset(get_args(Effort))
    return None if value == "default" else check_name("reasoning effort", str(value), efforts | {"default"})


ReasoningEffort = Annotated[Effort | None, BeforeValidator(_effort)]

WhenAiFails = Annotated[str | None, BeforeValidator(_when_ai_fails)]

Level = Annotated[Autonomy, BeforeValidator(_level)]
