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
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from ruamel.yaml import YAML

from orchestration_project.installation import WORKING_COPY
from orchestration_project.serving.services import workspace
from orchestration_project_tests import forking
from orchestration_project_tests.servers import copy_data

PATIENCE = 90.0
LEADS = Path(sys.executable).with_name("leads")


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


def play(folder: Path, *, daemon_falls: bool) -> Future[int]:
    """The services in a process of their own; their exit status, once they have ended."""
    argument = {"folder": str(folder), "daemon falls": "yes" * daemon_falls}
    act = "orchestration_project_tests.serving.played:play"
    return ThreadPoolExecutor(1).submit(forking.parent().run, act, argument, folder / "said")


def said(folder: Path) -> list[str]:
    return [json.loads(line)["event"] for line in (folder / "said").read_text().splitlines()]


def test_a_service_that_has_died_runs_again_and_all_end_together(folder: Path) -> None:
    ended = play(folder, daemon_falls=False)
    until(lambda: all((folder / f"{name}.0").exists() for name in ("web server", "daemon")))
    process = psutil.Process(int((folder / "process").read_text()))
    children = process.children()
    assert len(children) == 3
    web_server = next(child for child in children if child.cmdline()[0].startswith("web server"))
    web_server.kill()
    until((folder / "web server.1").exists)
    process.terminate()
    assert ended.result(PATIENCE) == 128 + signal.SIGTERM
    assert said(folder) == ["Dagster's web server had died. It runs again."]
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_a_service_that_dies_again_and_again_ends_all_with_a_word(folder: Path) -> None:
    assert play(folder, daemon_falls=True).result(PATIENCE) == 1
    assert said(folder)[-1] == "Dagster's daemon has died 3 times within a minute."


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


def test_leads_dev_works_on_a_lead_shows_changed_rules_and_leaves_nothing_behind_when_it_is_killed(
    folder: Path, used_data: Path
) -> None:
    """The run of the lead is a fork of what `leads dev` has imported, and so is all else."""
    (folder / "home").mkdir()
    copy_data(used_data, folder / "home" / "postgres")
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
            [LEADS, "dev", "--port", str(port)],
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

    def statuses() -> list[str]:
        found = ask('{runsOrError(filter: {pipelineName: "lead_intake"}) {... on Runs {results {status}}}}')
        return [run["status"] for run in (found.get("runsOrError") or {}).get("results") or []]

    try:
        until(lambda: "priority" in branches())
        lead = '{"id": "1", "name": "Jane Doe", "email": "jane@elm.example", "message": "Payroll, please."}'
        subprocess.run([LEADS, "submit", "-"], input=lead, env=environment, text=True, check=True)
        until(lambda: "SUCCESS" in statuses())
        of_dagster = [title for title in _titles(folder) if "dagster" in title or "zygote" in title]
        assert len(of_dagster) == 4
        assert all(title.startswith("leads: ") for title in of_dagster), "no Python that began anew"
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


def _titles(folder: Path) -> list[str]:
    found: list[str] = []
    for process in _processes(folder):
        with suppress(psutil.Error):
            found.append(" ".join(process.cmdline()))
    return found


def _processes(folder: Path) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("LEADS_HOME") == str(folder / "home"):
                found.append(process)
    return found


def _code_servers(folder: Path) -> set[int]:
    return {process.pid for process in _processes(folder) if "code-server" in process.cmdline()[0]}
