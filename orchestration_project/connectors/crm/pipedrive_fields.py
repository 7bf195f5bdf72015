"""Our custom fields of a Pipedrive person: looked up by their label, and made once where missing.

Pipedrive names a custom field by a hash of its own in each account. Which fields there are is in
`lead_properties.py`; persons are in `pipedrive.py`.
"""

from collections.abc import Collection, Mapping

from pydantic import JsonValue

from orchestration_project.connectors.crm.lead_properties import LEAD_PROPERTIES, property_of
from orchestration_project.connectors.crm.pipedrive_shapes import Data, Listed, PersonField
from orchestration_project.connectors.crm.text import clean
from orchestration_project.connectors.http import Api

_PATH = "/api/v2/personFields"
_PAGE = 500


class PersonFields:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._codes: dict[str, str] | None = None  # label, without case: hash

    def forget(self) -> None:
        """The next question reads them anew."""
        self._codes = None

    async def missing(self) -> list[str]:
        self.forget()  # this is what the credential audit calls
        known = await self._known()
        return [ours.label for ours in LEAD_PROPERTIES.values() if ours.label.casefold() not in known]

    async def to_ours(self, values: Mapping[str, JsonValue] | None) -> dict[str, str]:
        known = await self._known()
        ours: dict[str, str] = {}
        for name in LEAD_PROPERTIES:
            value = (values or {}).get(known.get(property_of(name).label.casefold(), ""))
            if value is not None and value != "":
                # a number comes as 9 or 9.0
                ours[name] = f"{value:g}" if isinstance(value, int | float) else str(value)
        return ours

    async def to_theirs(self, properties: Mapping[str, str]) -> dict[str, JsonValue]:
        """Makes the fields that are missing. An empty text clears a field."""
        known = await self._with(properties)
        return {
            known[property_of(name).label.casefold()]: _value(name, clean(value))
            for name, value in properties.items()
        }

    async def _with(self, names: Collection[str]) -> dict[str, str]:
        known = await self._known()
        if any(property_of(name).label.casefold() not in known for name in names):
            self._codes = None  # another process may have made them since
            known = await self._known()
        for name in names:
            ours = property_of(name)
            if ours.label.casefold() not in known:
                made = await self._api.ask(
                    Data[PersonField],
                    "POST",
                    _PATH,
                    json={
                        "field_name": ours.label,
                        "field_type": "double" if ours.kind == "number" else "varchar",
                    },
                )
                known[ours.label.casefold()] = made.data.field_code
        return known

    async def _known(self) -> dict[str, str]:
        if self._codes is None:
            codes: dict[str, str] = {}
            cursor: str | None = None
            while True:
                params: dict[str, str | int] = {"limit": _PAGE} | ({"cursor": cursor} if cursor else {})
                page = await self._api.ask(Listed[PersonField], "GET", _PATH, params=params)
                for each in page.items:
                    if each.is_custom_field:
                        codes.setdefault(each.field_name.casefold(), each.field_code)
                cursor = page.cursor
                if not cursor:
                    break
            self._codes = codes
        return self._codes


def _value(name: str, text: str) -> JsonValue:
    if not text:
        return None
    try:
        return float(text) if property_of(name).kind == "number" else text
    except ValueError:
        return text  # Pipedrive says what is wrong with it
