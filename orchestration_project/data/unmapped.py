"""Which of a form's questions no lead field takes. Names only: no answer leaves this module.

Which name is which lead field is decided in `fields.py`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from orchestration_project.data.fields import map_fields
from orchestration_project.model import JsonObject, Lead

# put there by a page or an advertisement, not asked of a person
_ON_PURPOSE = re.compile(
    r"(?:.*\.)?(?:hidden|hidden_fields)\..*|(?:.*\.)?(?:utm_\w+|\w*clk?id|[gw]braid)", re.IGNORECASE
)
_POSITION = re.compile(r"\.\d+(?=\.\S|$)")


def unmapped_questions(names: Iterable[str], fields: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Of the names of a form's questions those whose answers would become nothing, if all were answered."""
    return unmapped_fields([dict.fromkeys(names, "x")], fields)


def unmapped_fields(payloads: Iterable[JsonObject], fields: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What these submissions carried and no lead field took, the most frequent first: one form's
    questions come again and again, what a robot made up comes once."""
    mapped = (map_fields(payload, fields) for payload in payloads)
    return _most_frequent_first([path for path in one.extra if path not in one.around] for one in mapped)


def left_over(leads: Iterable[Lead]) -> tuple[str, ...]:
    """The same of submissions that have been read, with whatever mapping they came with."""
    return _most_frequent_first(lead.extra for lead in leads)


def _most_frequent_first(submissions: Iterable[Iterable[str]]) -> tuple[str, ...]:
    counts = Counter[str]()
    for extra in submissions:
        asked = [path for path in extra if not _ON_PURPOSE.fullmatch(path)]
        counts.update(dict.fromkeys((_POSITION.sub("", path) for path in asked), 1))
    return tuple(name for name, _count in counts.most_common())
