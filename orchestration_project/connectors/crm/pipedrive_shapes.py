"""Pipedrive's answers as far as we read them.

The calls, and what is sent, are in `pipedrive.py` and its siblings.
"""

from typing import Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, JsonValue

DataT = TypeVar("DataT")


class More(BaseModel):
    next_cursor: str | None = None


class Data(BaseModel, Generic[DataT]):
    """Of what is not there any more, the data may be null: then DataT is one or None."""

    data: DataT


class Listed(BaseModel, Generic[DataT]):
    """Version 2 of the API. An empty list may come as null."""

    data: list[DataT] | None = None
    additional_data: More | None = None

    @property
    def items(self) -> list[DataT]:
        return self.data or []

    @property
    def cursor(self) -> str | None:
        return self.additional_data.next_cursor if self.additional_data else None


class Pagination(BaseModel):
    more_items_in_collection: bool = False
    next_start: int | None = None


class MoreOfV1(BaseModel):
    pagination: Pagination | None = None


class ListedOfV1(BaseModel, Generic[DataT]):
    data: list[DataT] | None = None
    additional_data: MoreOfV1 | None = None

    @property
    def items(self) -> list[DataT]:
        return self.data or []

    @property
    def next_start(self) -> str | None:
        pages = self.additional_data.pagination if self.additional_data else None
        return str(pages.next_start) if pages and pages.more_items_in_collection else None


class Value(BaseModel):
    value: str | None = None
    primary: bool | None = None


class Person(BaseModel):
    id: int
    name: str | None = None
    emails: list[Value] | None = None
    phones: list[Value] | None = None
    org_id: int | None = None
    add_time: AwareDatetime | None = None
    is_deleted: bool | None = None
    custom_fields: dict[str, JsonValue] | None = None

    @property
    def email(self) -> str | None:
        return _first(self.emails)

    @property
    def phone(self) -> str | None:
        return _first(self.phones)

    @property
    def shown_name(self) -> str | None:
        """Pipedrive wants a name; where there was none we gave the e-mail address."""
        return None if self.name == self.email else self.name

    def has_email(self, email: str) -> bool:
        return any((each.value or "").casefold() == email.casefold() for each in self.emails or ())


class Organization(BaseModel):
    id: int
    name: str | None = None
    website: str | None = None
    is_deleted: bool | None = None


class Employer(BaseModel):
    id: int


class Item(BaseModel):
    id: int
    name: str | None = None
    emails: list[str] | None = None  # of a person
    organization: Employer | None = None  # of a person


class Hit(BaseModel):
    item: Item


class Hits(BaseModel):
    items: list[Hit] | None = None


class Search(BaseModel):
    """Who has nothing says so by null, too."""

    data: Hits | None = None

    @property
    def hits(self) -> list[Hit]:
        return (self.data and self.data.items) or []


class PersonField(BaseModel):
    field_name: str
    field_code: str
    is_custom_field: bool = True


class Note(BaseModel):
    id: int
    content: str | None = None


class Activity(BaseModel):
    id: int
    type: str | None = None
    note: str | None = None


class Lead(BaseModel):
    id: str
    title: str | None = None


class User(BaseModel):
    id: int
    active_flag: bool = True


class Me(BaseModel):
    company_domain: str | None = None
    company_name: str | None = None


def _first(values: list[Value] | None) -> str | None:
    ordered = sorted(values or (), key=lambda each: not each.primary)
    return next((each.value for each in ordered if each.value), None)
