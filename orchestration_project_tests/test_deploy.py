"""What is given for production reads as its tools read it, and lets nobody past the proxy."""

import os
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration_project.installation import WORKING_COPY
from orchestration_project.orchestration.cluster import BROKER, RESULTS, ClusterLauncher

DEPLOY = WORKING_COPY / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def unit(path: Path) -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser's own page says
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def test_the_pages_listen_on_this_machine_only_and_the_proxy_asks_who_you_are() -> None:
    commands = [unit(path)["Service"]["ExecStart"] for path in UNITS if path.suffix == ".service"]
    assert len(commands) == 3
    assert all("0.0.0.0" not in command for command in commands)
    reached = {name: service.get("ports") for name, service in compose()["services"].items()}
    assert {name for name, ports in reached.items() if ports} == {"proxy"}
    caddy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert caddy.index("basic_auth") < caddy.index("reverse_proxy")


def test_units_name_what_there_is_and_are_all_started_by_the_target() -> None:
    services = {path.name for path in UNITS if path.suffix == ".service"}
    assert set(unit(DEPLOY / "systemd" / "leads.target")["Unit"]["Wants"].split()) == services
    for path in UNITS:
        if path.suffix == ".service":
            service = unit(path)["Service"]
            program = service["ExecStart"].split()[0].rpartition("/")[2]
            assert shutil.which(program, path=str(WORKING_COPY / ".venv" / "bin")) or program.startswith(
                "dagster"
            )
            assert service["UMask"] == "0077" and service["User"] == "leads"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        # the program and the user are on no machine but the one that it is for
        told = path.read_text(encoding="utf-8").replace("User=leads\n", "")
        lines = [
            "ExecStart=/bin/true" if line.startswith("ExecStart=") else line for line in told.splitlines()
        ]
        (tmp_path / path.name).write_text("\n".join(lines))
    told = run("systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir()))
    assert "Unknown" not in told and "Failed to parse" not in told


@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not here")
def test_compose_takes_the_file() -> None:
    told = {"POSTGRES_PASSWORD": "x", "LEADS_HOST": "x", "LEADS_PASSWORD_HASH": "x"}
    if subprocess.run(["docker", "compose", "version"], check=False, capture_output=True).returncode:
        pytest.skip("docker has no compose here")
    run("docker", "compose", "-f", DEPLOY / "compose.yaml", "config", "--quiet", **told)


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not here")
def test_caddy_takes_its_file() -> None:
    run(
        "caddy",
        "validate",
        "--adapter",
        "caddyfile",
        "--config",
        DEPLOY / "Caddyfile",
        LEADS_PASSWORD_HASH="x",
    )


def test_a_code_server_that_ends_is_started_again() -> None:
    """`dagster code-server start` stays when the process that it stands for has ended: then no run is started
    any more, and nothing that looks after processes sees it."""
    commands = [unit(path)["Service"]["ExecStart"] for path in UNITS if path.suffix == ".service"]
    commands += [str(service.get("command", "")) for service in compose()["services"].values()]
    serving = [command for command in commands if "orchestration_project.definitions" in command]
    assert len(serving) == 2
    assert all("dagster api grpc" in command for command in serving)


def test_folders_that_the_env_file_names_are_of_the_machine_outside_and_reach_no_container() -> None:
    """`.env` is handed to them for its credentials; what stands under `environment` counts more."""
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    own = dict(word.split("=", 1) for word in dockerfile.rpartition("ENV ")[2].split())
    base, cluster = compose()["services"], settings(DEPLOY / "cluster" / "compose.yaml")["services"]
    of_services = [base[name] for name in ("code", "daemon", "webserver")] + [cluster["worker"]]
    for service in of_services:
        assert own.keys() <= service["environment"].keys()
    assert all(service["environment"].items() >= own.items() for service in of_services[:3])


def settings(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_a_cluster_differs_from_one_machine_in_its_launcher_and_in_how_many_runs_there_may_be() -> None:
    one, many = settings(WORKING_COPY / "dagster.yaml"), settings(DEPLOY / "cluster" / "dagster.yaml")
    assert many["run_launcher"]["class"] == ClusterLauncher.__name__
    assert many["run_launcher"]["module"] == ClusterLauncher.__module__
    assert {each["env"] for each in many["run_launcher"]["config"].values()} == {BROKER, RESULTS}
    for each in (one, many):
        del each["run_launcher"], each["concurrency"]["runs"]["max_concurrent_runs"]
    assert one == many


def test_workers_get_what_the_other_parts_have_and_the_broker_is_reached_by_nobody_else() -> None:
    services = settings(DEPLOY / "cluster" / "compose.yaml")["services"]
    base = compose()["services"]
    assert services.keys() - base.keys() == {"broker", "worker"}
    assert not any(service.get("ports") for service in services.values())
    places = services["worker"]["environment"]
    assert {BROKER, RESULTS, "DAGSTER_HOME", "LEADS_DATABASE_URL"} <= places.keys()
    assert all(services[name]["environment"] == places for name in ("code", "daemon", "webserver"))
    assert set(base["code"]["volumes"]) < set(services["worker"]["volumes"])


def test_on_kubernetes_every_part_runs_the_same_image_with_the_same_secrets() -> None:
    values = settings(DEPLOY / "cluster" / "helm-values.yaml")
    code = values["dagster-user-deployments"]["deployments"][0]
    parts = (values["dagsterWebserver"], values["dagsterDaemon"], code)
    assert len({(part["image"]["repository"], part["image"]["tag"]) for part in parts}) == 1
    launcher = values["runLauncher"]["config"]["k8sRunLauncher"]
    assert all(part["envSecrets"] == launcher["envSecrets"] for part in parts)
