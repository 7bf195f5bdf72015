"""A Pipedrive account in memory: persons, organizations, notes, activities, leads, custom fields, users.

Its rules are Pipedrive's as far as our connector relies on them; the server around it is in `base.py`.

Known (Pipedrive's own OpenAPI files and developers.pipedrive.com): paths, cursors, `sort_by`, what a search
takes, custom fields under the hash that is their code, tokens a call. Assumed: the search shows a write some
moments later while the lists show it at once; a search without `exact_match` finds parts of words; the words
of refusals.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request

TOKEN = "0123456789abcdef0123456789abcdef01234567"
OWNER = "hannah@larkfield.example"

Row = dict[str, Any]


class FakePipedrive(FakeService):
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.clock = clock
        self.rows: dict[str, dict[str, Row]] = {}
        self.person_fields: list[Row] = []
        self.users: dict[str, int] = {OWNER: 7001}
        self.search_lags = False
        """While set, search does not see what is made."""
        self._hidden: set[str] = set()
        self._ids = count(101)

    # what people do in Pipedrive

    def enter_person(self, name: str, email: str = "", **values: Any) -> int:
        emails = [{"value": email, "primary": True, "label": "work"}] if email else []
        return self._make("persons", {"name": name, "emails": emails, **values})["id"]

    def change_person(self, person: int, **values: Any) -> None:
        self.rows["persons"][str(person)].update({**values, "update_time": self._now()})

    def enter_deal(self, person: int | None = None, **values: Any) -> int:
        plain = {"title": "Deal", "status": "open", "value": 0, "currency": "EUR", "is_deleted": False}
        return self._make("deals", {**plain, "person_id": person, **values})["id"]

    def change_deal(self, deal: int, **values: Any) -> None:
        self.rows["deals"][str(deal)].update({**values, "update_time": self._now()})

    def all(self, kind: str) -> list[Row]:
        return list(self.rows.get(kind, {}).values())

    def field_code(self, label: str) -> str:
        return next(each["field_code"] for each in self.person_fields if each["field_name"] == label)

    # the API

    def failure_inside(self) -> Reply:
        return _failure(200, "Something went wrong on our side")

    def handle(self, request: Request) -> Reply:  # noqa: C901, PLR0911, PLR0912 - a table of routes
        if request.headers.get("x-api-token") != TOKEN:
            return _failure(401, "unauthorized access")
        match (request.method, *request.segments):
            case ("GET", "api", "v1", "users", "me"):
                return _data({"id": 7001, "name": "Hannah", "company_domain": "larkfield"})
            case ("GET", "api", "v1", "users", "find"):
                user = self.users.get(request.param("term").casefold())
                return _data([{"id": user, "active_flag": True}] if user else None)
            case ("GET", "api", "v2", "personFields"):
                return self._page_of_v2(self.person_fields, request)
            case ("POST", "api", "v2", "personFields"):
                return _data(self._add_field(request.body))
            case ("GET", "api", "v2", "persons" | "organizations" as kind, "search"):
                return self._search(kind, request)
            case ("GET", "api", "v2", kind):
                return self._list(kind, request)
            case ("GET", "api", "v1", "notes" | "leads" as kind):
                return self._list_of_v1(kind, request)
            case ("POST", "api", _, kind):
                return self._create(kind, request.body)
            case ("GET", "api", "v2", kind, name):
                row = self.rows.get(kind, {}).get(name)
                return _data(row) if row else _failure(404, f"{kind} not found")
            case ("PATCH", "api", "v2", kind, name):
                return self._patch(kind, name, request.body)
            case ("DELETE", "api", _, kind, name) if name in self.rows.get(kind, {}):
                del self.rows[kind][name]
                return _data({"id": name})
            case _:
                return Reply(404, "<html>Not found</html>")

    def _add_field(self, body: Row) -> Row:
        code = hashlib.sha1(f"{body['field_name']}{len(self.person_fields)}".encode()).hexdigest()
        made = {**body, "field_code": code, "is_custom_field": True, "is_optional_response_field": False}
        self.person_fields.append(made)
        return made

    def _create(self, kind: str, body: Row) -> Reply:
        if kind in ("persons", "organizations") and not body.get("name"):
            return _failure(400, "name is required")
        if refused := self._refusal(body):
            return refused
        person = _person_of(kind, body)
        if person is not None and str(person) not in self.rows.get("persons", {}):
            return _failure(400, "person not found")
        return _data(self._make(kind, body), 201 if kind == "leads" else 200)

    def _patch(self, kind: str, name: str, body: Row) -> Reply:
        row = self.rows.get(kind, {}).get(name)
        if row is None:
            return _failure(404, f"{kind} not found")
        if refused := self._refusal(body):
            return refused
        custom = row.get("custom_fields", {}) | body.get("custom_fields", {})
        row.update({**body, "update_time": self._now(), "custom_fields": custom})
        return _data(row)

    def _refusal(self, body: Row) -> Reply | None:
        types = {each["field_code"]: each["field_type"] for each in self.person_fields}
        for code, value in body.get("custom_fields", {}).items():
            if code not in types:
                return _failure(400, f"custom_fields.{code} is not a valid field")
            if types[code] == "double" and not isinstance(value, float | int | None):
                return _failure(400, f"custom_fields.{code} must be a number")
        return None

    def _make(self, kind: str, body: Row) -> Row:
        number = next(self._ids)
        id_: int | str = f"00000000-0000-4000-8000-{number:012d}" if kind == "leads" else number
        row = {**body, "id": id_, "add_time": self._now(), "update_time": self._now()}
        if kind == "persons":
            row = {"phones": [], "emails": [], "org_id": None, "is_deleted": False, "custom_fields": {}} | row
        self.rows.setdefault(kind, {})[str(id_)] = row
        if self.search_lags:
            self._hidden.add(str(id_))
        return row

    def _search(self, kind: str, request: Request) -> Reply:
        term, exact = request.param("term").casefold(), request.param("exact_match") == "true"
        found: list[Row] = []
        for row in self.all(kind):
            values = [row["name"]] if kind == "organizations" else [each["value"] for each in row["emails"]]
            told = [value.casefold() for value in values]
            hit = term in told if exact else any(term in value for value in told)
            if str(row["id"]) not in self._hidden and hit:
                item = {"id": row["id"], "name": row["name"]}
                if kind == "persons":
                    item["emails"] = told
                    item["organization"] = {"id": row["org_id"]} if row.get("org_id") else None
                found.append({"result_score": 1.0, "item": item})
        return _data({"items": found[: int(request.param("limit", "100"))]}, additional={"next_cursor": None})

    def _list(self, kind: str, request: Request) -> Reply:
        rows = self.all(kind)
        if person := request.param("person_id"):
            rows = [row for row in rows if str(_person_of(kind, row)) == person]
        if ids := request.param("ids"):
            rows = [row for row in rows if str(row["id"]) in ids.split(",")]
        if since := request.param("updated_since"):
            rows = [row for row in rows if row["update_time"] >= since]
        newest_first = request.param("sort_direction") == "desc"
        by = request.param("sort_by", "id")
        rows.sort(key=lambda row: (row[by], row["id"]), reverse=newest_first)
        return self._page_of_v2(rows, request)

    def _page_of_v2(self, rows: list[Row], request: Request) -> Reply:
        start, limit = int(request.param("cursor", "0")), int(request.param("limit", "100"))
        more = str(start + limit) if start + limit < len(rows) else None
        return _data(rows[start : start + limit], additional={"next_cursor": more})

    def _list_of_v1(self, kind: str, request: Request) -> Reply:
        rows = [row for row in self.all(kind) if str(row["person_id"]) == request.param("person_id")]
        rows.reverse()
        start, limit = int(request.param("start", "0")), int(request.param("limit", "100"))
        more = start + limit < len(rows)
        pagination = {"start": start, "limit": limit, "more_items_in_collection": more}
        if more and kind != "leads":
            pagination["next_start"] = start + limit
        # leads have it flat, and notes in an object
        told = pagination if kind == "leads" else {"pagination": pagination}
        return _data(rows[start : start + limit] or None, additional=told)

    def _now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _person_of(kind: str, row: Row) -> int | None:
    if kind == "activities":
        return next((each["person_id"] for each in row.get("participants", ())), None)
    return row.get("person_id")


def _data(data: Any, code: int = 200, additional: Mapping[str, Any] | None = None) -> Reply:
    more = {} if additional is None else {"additional_data": additional}
    return Reply(code, {"success": True, "data": data, **more})


def _failure(code: int, error: str) -> Reply:
    return Reply(code, {"success": False, "error": error, "error_info": "", "data": None})
