"""Where a visit came from: the form's hidden fields, else the address of the page it began on.

First touch against last touch is the ledger's part.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from orchestration_project.model import Attribution
from orchestration_project.text import one_line

_MAX_CHARACTERS = 200
_MAX_URL_CHARACTERS = 2_000


def read_attribution(values: Mapping[str, str]) -> Attribution:
    """`values` by lead field, as `map_fields` gives them."""
    landing_page = one_line(values.get("landing_page", ""), _MAX_URL_CHARACTERS)
    query = dict(parse_qsl(landing_page.partition("?")[2].partition("#")[0]))

    def utm(name: str) -> str | None:
        text = values.get(f"utm_{name}") or query.get(f"utm_{name}", "")
        return one_line(text, _MAX_CHARACTERS) or None

    return Attribution(
        source=utm("source"),
        medium=utm("medium"),
        campaign=utm("campaign"),
        term=utm("term"),
        content=utm("content"),
        referrer=one_line(values.get("referrer", ""), _MAX_URL_CHARACTERS) or None,
        landing_page=landing_page or None,
    )
