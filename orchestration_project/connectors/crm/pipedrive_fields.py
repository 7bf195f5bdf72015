"""Our custom fields of a Pipedrive person: looked up by their label, and made once where missing.

Pipedrive names a custom field by a hash of its own in each account, and its smallest plan has thirty: what
people filter and report by has a field of its own, the rest shares one. Which properties there are is in
`lead_properties.py`; persons are in `pipedrive.py`.
"""

import json
from collections.abc import Collection, Mapping

from pydantic import JsonValue, TypeAdapter, ValidationError

from orchestration_project.connectors.crm.lead_properties import LEAD_PROPERTIES, property_of
from orchestration_project.connectors.crm.pipedrive_shapes import Data, Listed, PersonField
from orchestration_project.connectors.crm.text import clean
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.listing import paged

_PATH = "/api/v2/personFields"
_OWN_FIELDS = ("lead_score", "lead_service", "lead_track")
RECORD = "Lead record"
"""The field with the other properties, as JSON. Who has given one of those a field of its own keeps it."""
_NUMBERS = frozenset(ours.label for ours in LEAD_PROPERTIES.values() if ours.kind == "number")
_record = TypeAdapter(dict[str, str])
_PAGE = 500


class PersonFields:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._codes: dict[str, str] | None = None  # label, without case: hash
        self._seen: set[str] = set()  # hashes that were asked about, or listed

    def forget(self) -> None:
        """The next question reads them anew."""
        self._codes = None

    @property
    def ours(self) -> frozenset[str]:
        """Labels without case, of those that are filtered and reported by, and of the one for the rest."""
        return frozenset({*(property_of(name).label.casefold() for name in _OWN_FIELDS), RECORD.casefold()})

    async def names(self) -> frozenset[str]:
        """Labels of the account's own fields, without case; Pipedrive's own cannot go."""
        self.forget()
        return frozenset(await self._known())

    async def missing(self) -> list[str]:
        self.forget()  # this is what the credential audit calls
        known = await self._known()
        wanted = dict.fromkeys(_label(name, known) for name in LEAD_PROPERTIES)
        return [label for label in wanted if label.casefold() not in known]

    async def to_ours(self, values: Mapping[str, JsonValue] | None) -> dict[str, str]:
        values = values or {}
        known = await self._known_with(values)
        ours = _shared(values.get(known.get(RECORD.casefold(), "")))
        for name in LEAD_PROPERTIES:
            value = values.get(known.get(property_of(name).label.casefold(), ""))
            if value is not None and value != "":
                # a number comes as 9 or 9.0
                ours[name] = f"{value:g}" if isinstance(value, int | float) else str(value)
        return ours

    async def to_theirs(
        self, properties: Mapping[str, str], before: Mapping[str, JsonValue] | None = None
    ) -> dict[str, JsonValue]:
        """Makes the fields that are missing. An empty text clears a property; `before` are the person's
        values as they stand."""
        known = await self._known()
        shared = {name: clean(value) for name, value in properties.items() if _label(name, known) == RECORD}
        own = {name: clean(value) for name, value in properties.items() if name not in shared}
        known = await self._with(dict.fromkeys(_label(name, known) for name in properties))
        theirs = {
            known[property_of(name).label.casefold()]: _value(name, value) for name, value in own.items()
        }
        if shared:
            code = known[RECORD.casefold()]
            record = _shared((before or {}).get(code)) | shared
            kept = {name: value for name, value in record.items() if value}
            theirs[code] = json.dumps(kept, separators=(",", ":"), ensure_ascii=False) if kept else None
        return theirs

    async def _with(self, labels: Collection[str]) -> dict[str, str]:
        known = await self._known()
        if any(label.casefold() not in known for label in labels):
            self._codes = None  # another process may have made them since
            known = await self._known()
        for label in labels:
            if label.casefold() not in known:
                field_type = "text" if label == RECORD else "double" if label in _NUMBERS else "varchar"
                asked = {"field_name": label, "field_type": field_type}
                made = await self._api.ask(Data[PersonField], "POST", _PATH, json=asked)
                known[label.casefold()] = made.data.field_code
        return known

    async def _known_with(self, values: Mapping[str, JsonValue]) -> dict[str, str]:
        """Also of a person with a field that another process has made since: were it not known for ours, we
        would take the contacts that we make for new ones."""
        strange = {code for code, value in values.items() if value is not None} - self._seen
        if self._codes is not None and strange:
            self.forget()
            self._seen |= strange
        return await self._known()

    async def _known(self) -> dict[str, str]:
        if self._codes is None:
            codes: dict[str, str] = {}
            first = {"limit": _PAGE}
            async for page in paged(self._api, Listed[PersonField], _PATH, first, lambda page: page.cursor):
                for each in page.items:
                    if each.is_custom_field:
                        self._seen.add(each.field_code)
                        codes.setdefault(each.field_name.casefold(), each.field_code)
            self._codes = codes
        return self._codes


def _label(name: str, known: Mapping[str, str]) -> str:
    """Of the field that holds the property."""
    label = property_of(name).label
    has_its_own = name in _OWN_FIELDS or name not in LEAD_PROPERTIES or label.casefold() in known
    return label if has_its_own else RECORD


def _shared(value: JsonValue) -> dict[str, str]:
    """Of the record; nothing where a person has broken it: then all of it is theirs."""
    try:
        return _record.validate_json(value if isinstance(value, str) else "{}")
    except ValidationError:
        return {}


def _value(name: str, text: str) -> JsonValue:
    if not text:
        return None
    try:
        return float(text) if property_of(name).kind == "number" else text
    except ValueError:
        return text  # Pipedrive says what is wrong with it
