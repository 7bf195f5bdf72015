"""Which of a form's questions no lead field takes. Names only: no answer leaves this module.

Which name is which lead field is decided in `fields.py`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from orchestration_project.data.fields import map_fields
from orchestration_project.model import JsonObject

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
    counts = Counter[str]()
    for payload in payloads:
        mapped = map_fields(payload, fields)
        asked = [
            path for path in mapped.extra if path not in mapped.around and not _ON_PURPOSE.fullmatch(path)
        ]
        counts.update(dict.fromkeys((_POSITION.sub("", path) for path in asked), 1))
    return tuple(name for name, _count in counts.most_common())
