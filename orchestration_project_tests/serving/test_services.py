"""Dagster's services under `leads dev`: replaced when they die, ended together; and the real ones once."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from ruamel.yaml import YAML

from orchestration_project.installation import WORKING_COPY
from orchestration_project.serving.services import workspace

PATIENCE = 90.0

PROGRAM = """
import sys, time
from pathlib import Path
from orchestration_project.serving import code_server, services
from orchestration_project.serving.parents import Parents

folder = Path(sys.argv[1])

def serve(_socket, _arguments):
    services.become("code")
    _socket.touch()
    time.sleep(600)

def run(_parents, name, command):
    services.become(name)
    (folder / f"{name}.{len(list(folder.glob(name + '.*')))}").touch()
    exec(command[0])

code_server._serve = serve
services._run = run
code = code_server.Generations(folder)
wanted = {"web server": ["time.sleep(600)"], "daemon": [sys.argv[2]]}
raise SystemExit(services.Services(code, Parents(folder / "parents"), wanted).serve())
"""


def until(true: Callable[[], object]) -> None:
    """Other processes take their time."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < PATIENCE
        time.sleep(0.05)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Whose name is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="leads ") as name:
        yield Path(name)


def services(folder: Path, daemon: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), daemon],
        stdout=subprocess.PIPE,
        text=True,
        cwd=WORKING_COPY,
        env={**os.environ, "LEADS_HOME": str(folder / "home")},
        start_new_session=True,
    )


def test_a_service_that_has_died_runs_again_and_all_end_together(folder: Path) -> None:
    with services(folder, "time.sleep(600)") as process:
        until((folder / "daemon.0").exists)
        children = psutil.Process(process.pid).children()
        assert len(children) == 3
        killed = next(child for child in children if child.cmdline()[0].startswith("web server"))
        killed.kill()
        until((folder / "web server.1").exists)
        process.terminate()
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + signal.SIGTERM
    assert [json.loads(line)["event"] for line in said.splitlines()] == [
        "Dagster's web server had died. It runs again."
    ]
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_a_service_that_dies_again_and_again_ends_all_with_a_word(folder: Path) -> None:
    with services(folder, "raise SystemExit(3)") as process:
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert json.loads(said.splitlines()[-1])["event"] == "Dagster's daemon has died 3 times within a minute."


def test_what_else_is_in_the_workspace_stays(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    other: dict[str, Any] = {"python_file": {"relative_path": "other.py", "location_name": "other"}}
    with (WORKING_COPY / "workspace.yaml").open(encoding="utf-8") as file:
        shipped = YAML(typ="safe").load(file)["load_from"]
    with own.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"load_from": [*shipped, other]}, file)
    with workspace(own, tmp_path / "code", tmp_path).open(encoding="utf-8") as file:
        ours, kept = YAML(typ="safe").load(file)["load_from"]
    assert ours["grpc_server"]["socket"] == str(tmp_path / "code")
    assert kept == other


def test_leads_dev_shows_changed_rules_by_itself_and_leaves_nothing_behind_when_it_is_killed(
    folder: Path,
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    rules = folder / "playbook"
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LEADS_HOME": str(folder / "home")}
    environment |= {"PYTHONPATH": str(WORKING_COPY), "PYTHON_DOTENV_DISABLED": "1", "LEADS_DATABASE_URL": ""}
    environment |= {"LEADS_PLAYBOOK": str(rules)}
    subprocess.run(["cp", "-r", str(WORKING_COPY / "playbook"), str(rules)], check=True)
    log = folder / "said"
    with log.open("wb") as said:
        dev = subprocess.Popen(
            [Path(sys.executable).with_name("leads"), "dev", "--port", str(port)],
            stdout=said,
            stderr=said,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )

    def ask(query: str) -> dict[str, Any]:
        assert dev.poll() is None, log.read_text()
        with suppress(httpx.HTTPError):
            answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": query}, timeout=30)
            if answer.is_success:
                return answer.json()["data"]
        return {}

    def branches() -> set[str]:
        found = ask(
            '{graphOrError(selector: {repositoryLocationName: "leads", repositoryName: "__repository__",'
            'graphName: "lead_intake"}) {... on Graph {solidHandles {handleID}}}}'
        )
        handles = (found.get("graphOrError") or {}).get("solidHandles") or []
        return {handle["handleID"].split(".")[0] for handle in handles}

    try:
        until(lambda: "priority" in branches())
        assert "payroll_desk" not in branches()
        playbook = rules / "playbook.yaml"
        written = playbook.read_text(encoding="utf-8")
        more = "tracks:\n  payroll_desk: {title: Payroll desk, when: {service: payroll}, actions: [chat]}\n"
        assert written.count("\ntracks:\n") == 1
        playbook.write_text(written.replace("\ntracks:\n", f"\n{more}"), encoding="utf-8")
        until(lambda: "payroll_desk" in branches())
        served = _code_servers(folder)
        ask('mutation {reloadRepositoryLocation(repositoryLocationName: "leads") {__typename}}')
        assert _code_servers(folder) > served, "the button makes another generation, and waits for it"
    finally:
        dev.kill()
        dev.wait()
    _, alive = psutil.wait_procs(_processes(folder), timeout=60)
    for process in alive:
        process.kill()
    assert alive == []


def _processes(folder: Path) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("LEADS_HOME") == str(folder / "home"):
                found.append(process)
    return found


def _code_servers(folder: Path) -> set[int]:
    return {process.pid for process in _processes(folder) if "code-server" in process.cmdline()[0]}
