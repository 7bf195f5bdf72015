"""Holds requests against the facts of their service (path, query, credential, body), and stand-ins' answers.

Facts come from `derive.py`, which needs the descriptions; this does not.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import jsonschema
from pydantic import BaseModel

from orchestration_project.fake_services.base import Reply, Request
from orchestration_project.fake_services.google_drive import parts_of

FACTS = Path(__file__).parent / "facts"
RECORD = "RECORD_REQUESTS"
"""Names the file to which each request is written that a contract test looks at."""
_REFUSED = 400


class Operation(BaseModel):
    method: str
    path: str
    query: dict[str, Any] = {}  # schema by name
    required_query: list[str] = []
    body: dict[str, Any] | None = None  # schema; None: it takes none
    body_required: bool = False
    content: list[str] = []
    answers: dict[str, dict[str, Any]] = {}  # schema by status, of those that are described

    def fits(self, path: str) -> bool:
        pattern = "".join(
            "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", self.path)
        )
        return re.fullmatch(pattern, path) is not None


class Facts(BaseModel):
    source: str  # of the description
    credential: list[str]  # any of these; `header:NAME`, `bearer` or `basic`
    operations: list[Operation]


@lru_cache
def facts_of(service: str) -> Facts:
    return Facts.model_validate_json((FACTS / f"{service}.json").read_text(encoding="utf-8"))


def record(service: str, request: Request, base: str, reply: Reply | None = None) -> None:
    if reply is not None and isinstance(reply.body, bytes):
        return
    told = {"service": service, "base": base, **vars(request), "raw": request.raw.decode("latin-1")}
    if reply is not None:
        told["reply"] = {"status": reply.status, "body": _json_of(reply)}
    with Path(os.environ[RECORD]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")


def problems(service: str, request: Request, base: str = "") -> list[str]:
    """What the service's description says against this request. `base` goes before its path."""
    facts, path = facts_of(service), base + request.path
    operation = _operation(facts, request, base)
    if operation is None:
        return [f"{request.method} {path} is not among the facts; if it is new, run contracts/derive.py"]
    found = [*_query(operation, request.query), *_credential(facts.credential, request.headers)]
    return [f"{request.method} {operation.path}: {one}" for one in (*found, *_body(operation, request))]


def answer_problems(service: str, request: Request, reply: Reply, base: str = "") -> list[str]:
    """What the description says against this answer of a stand-in. Refusals are described by few vendors:
    they are held against it where they are."""
    operation = _operation(facts_of(service), request, base)
    if operation is None or not operation.answers or isinstance(reply.body, bytes):
        return []  # bytes are a file's
    where = f"{request.method} {operation.path} answers {reply.status}"
    if str(reply.status) not in operation.answers:
        described = ", ".join(sorted(operation.answers))
        return [f"{where}; described are {described}"] if reply.status < _REFUSED else []
    schema = operation.answers[str(reply.status)]
    return [f"{where}: {one}" for one in _errors(schema, _json_of(reply))] if schema else []


def _json_of(reply: Reply) -> Any:
    """As a client reads it: what JSON has no word for is none of it any more."""
    return None if isinstance(reply.body, bytes | str | None) else json.loads(reply.content)


def _operation(facts: Facts, request: Request, base: str) -> Operation | None:
    there = [one for one in facts.operations if one.fits(base + request.path)]
    # `/files/generateIds` rather than `/files/{fileId}`
    here = [one for one in sorted(there, key=lambda one: one.path.count("{")) if one.method == request.method]
    return here[0] if here else None


def _query(operation: Operation, query: Mapping[str, Sequence[str]]) -> list[str]:
    found = [f"query parameter {name} is required" for name in operation.required_query if name not in query]
    for name, values in query.items():
        schema = operation.query.get(name)
        if schema is None:
            found.append(f"unknown: query parameter {name}")
        elif not all(_fits_as_text(schema, value) for value in values):
            found.append(f"query parameter {name}: {values} does not fit {json.dumps(schema)}")
    return found


def _fits_as_text(schema: dict[str, Any], value: str) -> bool:
    """Whether any reading of the text fits: in a query everything is text, and a list comes with commas."""
    if schema.get("type") == "array":
        return all(_fits_as_text(schema.get("items", {}), part) for part in value.split(","))
    readings: list[Any] = [value]
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        readings += [float(value)] if "." in value else [int(value)]
    if value in ("true", "false"):
        readings.append(value == "true")
    return any(not _errors(schema, reading) for reading in readings)


def _credential(accepted: Sequence[str], headers: Mapping[str, str]) -> list[str]:
    told = {name.lower(): value for name, value in headers.items()}
    for one in accepted:
        kind, _, name = one.partition(":")
        given = told.get(name.lower() or "authorization", "")
        if given and (kind == "header" or re.fullmatch(rf"{kind} \S+", given, re.IGNORECASE)):
            return []
    return [f"no usable credential; accepted: {', '.join(accepted)}"]


def _body(operation: Operation, request: Request) -> list[str]:
    body: Any = body_of(request)
    if operation.body is None:
        return [] if body in (None, {}, "") else ["takes no body"]
    if not request.raw:
        return ["a body is required"] if operation.body_required else []
    content = request.headers.get("content-type", "").split(";")[0].lower()
    if content not in operation.content and not content.startswith("multipart/"):
        return [f"Content-Type {content!r} is not accepted ({', '.join(operation.content)})"]
    return _errors(operation.body, body)


def body_of(request: Request) -> Any:
    """Of an upload, what describes the file."""
    if request.headers.get("content-type", "").startswith("multipart/related"):
        return parts_of(request)[0]
    return request.body


def _errors(schema: dict[str, Any], value: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema)
    errors = cast("list[jsonschema.ValidationError]", list(validator.iter_errors(value)))  # pyright: ignore[reportUnknownMemberType]
    return [f"body{error.json_path[1:]}: {error.message[:200]}" for error in errors]
