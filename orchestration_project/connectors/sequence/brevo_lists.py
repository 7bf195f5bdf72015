"""Which lists a Brevo account has. Who is in them is `brevo.py`."""

from collections.abc import Mapping

from pydantic import BaseModel, Field

from orchestration_project.connectors.http import Api

_PAGE = 50  # the most that Brevo gives at once


class _List(BaseModel):
    id: int


class _Lists(BaseModel):
    lists: list[_List] = Field(default_factory=list[_List])


async def lists_not_there(api: Api, wanted: Mapping[str, int]) -> list[tuple[str, int]]:
    """Those of the names and numbers that the account lacks."""
    left, start = dict(wanted), 0
    while left:
        params: dict[str, str | int] = {"limit": _PAGE, "offset": start}
        page = await api.ask(_Lists, "GET", "/contacts/lists", params=params)
        there = {each.id for each in page.lists}
        left = {name: number for name, number in left.items() if number not in there}
        start += _PAGE
        if len(page.lists) < _PAGE:
            break
    return [*left.items()]
