"""Which of a form's questions no lead field takes. Names only: no answer leaves this module.

Which name is which lead field is decided in `fields.py`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from orchestration_project.data.fields import map_fields
from orchestration_project.data.normalise import KEPT, PARTS_OF_A_NAME
from orchestration_project.data.regions import tells_country
from orchestration_project.model import JsonObject, Lead

# put there by a page or an advertisement, not asked of a person
_ON_PURPOSE = re.compile(
    r"(?:.*\.)?(?:hidden|hidden_fields)\..*|(?:.*\.)?(?:utm_\w+|\w*clk?id|[gw]braid)", re.IGNORECASE
)
# what programs send along; a form may also ask for a `Date`, so it is named, behind the questions
_OF_A_PROGRAM = re.compile(
    r"""
    (?:.*\.)?(?: _.* | id | \w*[_\s](?:id|uuid|guid|token|nonce|key|hash) | [a-z]+(?:ID|Id) | uuid | token
    | (?:form|page|site|plugin|theme|app|api)[_\s-]?(?:name|title|url|slug|version|type|location)?
    | date | time | user[_\s-]?agent | browser | device | platform | os | powered[_\s-]by | referr?er\w*
    | (?:remote|client|user)?[_\s-]?ip(?:[_\s-]?addr(?:ess)?)?
    | (?:created|updated|modified|completed|landed|received)[_\s-]?(?:at|on|time)
    | (?:event|entry|submission|response|record)[_\s-]?(?:type|number|no|date|time|url|status)?
    | source | status | version | revision | locale | score | webhook[_\s-]?url )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_POSITION = re.compile(r"\.\d+(?=\.\S|$)")


def unmapped_questions(names: Iterable[str], fields: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Of the names of a form's questions those whose answers would become nothing, if all were answered."""
    return unmapped_fields([dict.fromkeys(names, "x")], fields)


def unmapped_fields(payloads: Iterable[JsonObject], fields: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What these submissions carried and no lead field took, the most frequent first: one form's
    questions come again and again, what a robot made up comes once. What a program sends along stands last,
    and a country, by which phone numbers are read, is not missed."""
    mapped = (map_fields(payload, fields) for payload in payloads)
    return _questions_first([path for path in one.extra if path not in one.around] for one in mapped)


def left_over(leads: Iterable[Lead]) -> tuple[str, ...]:
    """The same of submissions that have been read, with whatever mapping they came with."""
    return _questions_first([path for path in lead.extra if path not in _unread(lead)] for lead in leads)


def _unread(lead: Lead) -> frozenset[str]:
    """The lead's own fields whose text stays with it, since it could not be read for sure."""
    fields = {problem.field for problem in lead.problems if problem.code in KEPT}
    return frozenset(fields | (set(PARTS_OF_A_NAME) if "name" in fields else set()))


def _questions_first(submissions: Iterable[Iterable[str]]) -> tuple[str, ...]:
    counts = Counter[str]()
    for extra in submissions:
        asked = [path for path in extra if not _ON_PURPOSE.fullmatch(path) and not tells_country(path)]
        counts.update(dict.fromkeys((_POSITION.sub("", path) for path in asked), 1))
    names = [name for name, _count in counts.most_common()]
    return tuple(sorted(names, key=lambda name: _OF_A_PROGRAM.fullmatch(name) is not None))
