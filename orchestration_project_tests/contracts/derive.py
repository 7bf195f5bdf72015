"""Derives this folder's facts from the descriptions in `../shared/specs`, for what the suite sends and hears.

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
from typing import Any

from orchestration_project.fake_services.server import Reply, Request
from orchestration_project_tests.contracts.check import (
    FACTS,
    RECORD,
    Facts,
    Operation,
    answer_problems,
    body_of,
    problems,
)
from orchestration_project_tests.contracts.slim import seen_only, slim

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs"
_NEWER = {"peopledatalabs": ("status", "likelihood", "display_name")}
"""In answers: what the vendor's pages have and its older description has not."""


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
    told: dict[str, list[tuple[Request, Reply]]] = defaultdict(list)
    for line in lines:
        path = line["base"] + line["path"]
        raw = line["raw"].encode("latin-1")
        request = Request(line["method"], path, line["query"], line["headers"], raw)
        if (reply := line.get("reply")) is None:
            sent[line["service"]].append(request)
        else:
            told[line["service"]].append((request, Reply(reply["status"], reply["body"])))
    FACTS.mkdir(exist_ok=True)
    checker = load_checker()
    for service, requests in sorted(sent.items()):
        facts = derived(checker, service, requests, told[service])
        text = json.dumps(facts.model_dump(exclude_defaults=True), indent=1, sort_keys=True)
        (FACTS / f"{service}.json").write_text(text + "\n", encoding="utf-8")
        wrong = [problem for request in requests for problem in problems(service, request)]
        wrong += [problem for pair in told[service] for problem in answer_problems(service, *pair)]
        print(service, len(facts.operations), "operations;", *dict.fromkeys(wrong), sep="\n  ")


def load_checker() -> Any:
    spec = importlib.util.spec_from_file_location("check_request", SPECS / "check_request.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def derived(
    checker: Any, service: str, requests: Iterable[Request], told: Iterable[tuple[Request, Reply]]
) -> Facts:
    described = checker.service(service)
    by_path: dict[tuple[str, str], tuple[Any, list[Request]]] = {}
    answers: dict[tuple[str, str], list[Reply]] = defaultdict(list)
    for request, reply in told:
        path = _as_described(checker, described, request)
        if any(one.method == request.method.lower() and one.rx.match(path) for one in described.ops):
            answers[request.method, _operation(checker, described, request)[1]].append(reply)
    for request in requests:
        operation, path = _operation(checker, described, request)
        by_path.setdefault((request.method, path), (operation, []))[1].append(request)
    operations = [
        _facts(service, operation, method, path, sent, answers[method, path])
        for (method, path), (operation, sent) in sorted(by_path.items())
    ]
    files = ", ".join(checker.SERVICES[service]["files"])
    return Facts(source=files, credential=[*described.auth], operations=operations)


def _operation(checker: Any, described: Any, request: Request) -> tuple[Any, str]:
    """The one that is described, and its path as we call it."""
    path = _as_described(checker, described, request)
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


def _as_described(checker: Any, described: Any, request: Request) -> str:
    path = request.path
    for pattern, now in checker.PATH_ALIASES.get(described.name, ()):
        path = checker.re.sub(pattern, now, path)
    return dated(path)


def dated(path: str) -> str:
    """HubSpot's descriptions have the older names of these two."""
    for name in ("properties", "owners"):
        path = path.replace(f"/crm/{name}/2026-09", f"/crm/v3/{name}")
    return path


def _facts(
    service: str, operation: Any, method: str, path: str, sent: Sequence[Request], told: Sequence[Reply]
) -> Operation:
    query = {name: told for (where, name), told in operation.params.items() if where == "query"}
    content = list(operation.bodies)
    schema = operation.bodies.get("application/json") or next(iter(operation.bodies.values()), None)
    samples = [body for request in sent if (body := body_of(request)) is not None]
    return Operation(
        method=method,
        path=path,
        query={name: slim(operation, told["schema"], ["x"]) for name, told in sorted(query.items())},
        required_query=sorted(name for name, told in query.items() if told.get("required")),
        body=None if schema is None else slim(operation, schema, samples),
        body_required=operation.body_required,
        content=sorted(content),
        answers=_answers(operation, told, service),
    )


def _answers(operation: Any, told: Sequence[Reply], service: str) -> dict[str, dict[str, Any]]:
    """By status; of those that were not seen, that they are described."""
    found: dict[str, dict[str, Any]] = {}
    for status, schema in _described(operation, service).items():
        bodies = [reply.body for reply in told if str(reply.status) == status]
        found[status] = {} if schema is None else seen_only(slim(operation, schema, bodies), bodies)
    return found if told else {}


def _described(operation: Any, service: str) -> dict[str, Any]:
    """The schema of each status; None: it has no body, or none that is described."""
    responses = operation.raw.get("responses")
    if responses is None:
        return {"200": _of_google(operation)}
    found: dict[str, Any] = {}
    for status, one in responses.items():
        response = operation.doc.deref(one)
        content = (response.get("content") or {}).get("application/json") or {}
        schema = response.get("schema") or content.get("schema")
        more: dict[str, Any] = {name: {} for name in content.get("example") or _NEWER.get(service, ())}
        found[str(status)] = {"allOf": [schema, {"properties": more}]} if schema and more else schema
    return found


def _of_google(operation: Any) -> Any:
    """A discovery document names the answer's schema beside each method."""
    raw = json.loads((SPECS / operation.doc.uri.removeprefix("urn:spec:")).read_text(encoding="utf-8"))
    waiting, name = [raw], None
    while waiting:
        one = waiting.pop()
        waiting += (one.get("resources") or {}).values()
        for method in (one.get("methods") or {}).values():
            if method["id"] == operation.id:
                name = (method.get("response") or {}).get("$ref")
    return {"$ref": f"#/components/schemas/{name}"} if name else None


if __name__ == "__main__":
    main()
