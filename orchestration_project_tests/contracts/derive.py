"""Derives this folder's facts from the descriptions in `../shared/specs`, for the requests of the suite.

`python -m orchestration_project_tests.contracts.derive` runs the contract tests, notes what they send, and
keeps of each description what is about that: names, types, what is required. No prose is copied.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

from orchestration_project.fake_services.server import Request
from orchestration_project_tests.contracts.check import FACTS, RECORD, Facts, Operation, body_of, problems

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs"
_KEPT = ("type", "enum", "const", "format", "pattern", "minimum", "maximum", "minLength", "maxLength")
_DEEPEST = 8
_LONGEST_ENUM = 60


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requests.jsonl"
        suite, which = FACTS.parents[1], "official_description or asks_first or asked_in_one_file"
        tests = ("-q", "-k", which, str(suite / "connectors"), str(suite / "history" / "rescoring"))
        subprocess.run(
            [sys.executable, "-m", "pytest", *tests], env={**os.environ, RECORD: str(file)}, check=False
        )
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    sent: dict[str, list[Request]] = defaultdict(list)
    for line in lines:
        path = line["base"] + line["path"]
        raw = line["raw"].encode("latin-1")
        sent[line["service"]].append(Request(line["method"], path, line["query"], line["headers"], raw))
    FACTS.mkdir(exist_ok=True)
    checker = load_checker()
    for service, requests in sorted(sent.items()):
        facts = derived(checker, service, requests)
        text = json.dumps(facts.model_dump(exclude_defaults=True), indent=1, sort_keys=True)
        (FACTS / f"{service}.json").write_text(text + "\n", encoding="utf-8")
        wrong = [problem for request in requests for problem in problems(service, request)]
        print(service, len(facts.operations), "operations;", *dict.fromkeys(wrong))


def load_checker() -> Any:
    spec = importlib.util.spec_from_file_location("check_request", SPECS / "check_request.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def derived(checker: Any, service: str, requests: Iterable[Request]) -> Facts:
    described = checker.service(service)
    by_path: dict[tuple[str, str], tuple[Any, list[Request]]] = {}
    for request in requests:
        operation, path = _operation(checker, described, request)
        by_path.setdefault((request.method, path), (operation, []))[1].append(request)
    operations = [
        _facts(operation, method, path, sent) for (method, path), (operation, sent) in sorted(by_path.items())
    ]
    files = ", ".join(checker.SERVICES[service]["files"])
    return Facts(source=files, credential=[*described.auth], operations=operations)


def _operation(checker: Any, described: Any, request: Request) -> tuple[Any, str]:
    """The one that is described, and its path as we call it."""
    path = request.path
    for pattern, now in checker.PATH_ALIASES.get(described.name, ()):
        path = checker.re.sub(pattern, now, path)
    path = dated(path)
    fitting = [(one, one.rx.match(path)) for one in described.ops if one.method == request.method.lower()]
    here = [(one, match) for one, match in fitting if match]
    if not here:
        raise SystemExit(f"{described.name} does not describe {request.method} {request.path}")
    operation, match = max(here, key=lambda pair: pair[0].literal)
    parts = request.path.split("/")
    for name, value in zip(reversed(operation.names), reversed(match.groups()), strict=True):
        at = len(parts) - 1 - parts[::-1].index(value)
        parts[at] = f"{{{''.join(filter(str.isalnum, name))}}}"
    return operation, "/".join(parts)


def dated(path: str) -> str:
    """HubSpot's descriptions have the older names of these two."""
    for name in ("properties", "owners"):
        path = path.replace(f"/crm/{name}/2026-09", f"/crm/v3/{name}")
    return path


def _facts(operation: Any, method: str, path: str, sent: Sequence[Request]) -> Operation:
    query = {name: told for (where, name), told in operation.params.items() if where == "query"}
    content = list(operation.bodies)
    schema = operation.bodies.get("application/json") or next(iter(operation.bodies.values()), None)
    samples = [body for request in sent if (body := body_of(request)) is not None]
    return Operation(
        method=method,
        path=path,
        query={name: _slim(operation, told["schema"], ["x"]) for name, told in sorted(query.items())},
        required_query=sorted(name for name, told in query.items() if told.get("required")),
        body=None if schema is None else _slim(operation, schema, samples),
        body_required=operation.body_required,
        content=sorted(content),
    )


def _slim(operation: Any, schema: Any, samples: Sequence[Any], depth: int = 0) -> dict[str, Any]:
    """The schema as far as these values go; of what they do not have, the name alone."""
    if not samples or depth > _DEEPEST:
        return {}
    parts = _parts(operation.doc, schema)
    out: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for part in parts:
        out |= {name: part[name] for name in _KEPT if name in part and _is_short(name, part[name])}
        properties |= part.get("properties") or {}
    objects = [one for one in samples if isinstance(one, dict)]
    required = sorted({name for part in parts for name in part.get("required") or ()})
    branches = [branch for part in parts for branch in part.get("anyOf") or ()]
    if properties:
        out["properties"] = {
            name: _slim(operation, inner, [one[name] for one in objects if name in one], depth + 1)
            for name, inner in sorted(properties.items())
        }
    if required:
        out["required"] = required
    others = [part["additionalProperties"] for part in parts if "additionalProperties" in part]
    if others and isinstance(others[0], dict):
        inside = [value for one in objects for name, value in one.items() if name not in properties]
        out["additionalProperties"] = _slim(operation, others[0], inside, depth + 1)
    elif properties and not branches and True not in others:
        out["additionalProperties"] = False
    items = next((part["items"] for part in parts if "items" in part), None)
    if items is not None:
        inside = [item for one in samples if isinstance(one, list) for item in cast("list[Any]", one)]
        out["items"] = _slim(operation, items, inside or ["x"] * (depth == 0), depth + 1)
    if fitting := _fitting(operation, branches, samples, depth):
        out["anyOf"] = fitting
    return out


def _fitting(operation: Any, branches: Sequence[Any], samples: Sequence[Any], depth: int) -> list[Any]:
    found: list[Any] = []
    for branch in branches:
        validator = operation.doc.validator(branch)
        if valid := [one for one in samples if validator.is_valid(one)]:
            slim = _slim(operation, branch, valid, depth + 1)
            found += [slim] * (slim not in found)
    return found


def _parts(doc: Any, schema: Any) -> list[dict[str, Any]]:
    """The schema, and all that it is made of."""
    schema = doc.deref(schema)
    if not isinstance(schema, dict):
        return []
    whole = cast("dict[str, Any]", schema)
    return [whole, *(part for one in whole.get("allOf") or () for part in _parts(doc, one))]


def _is_short(name: str, value: Any) -> bool:
    return name != "enum" or len(value) <= _LONGEST_ENUM


if __name__ == "__main__":
    main()
