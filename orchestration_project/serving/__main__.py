"""Imports once what Dagster's services need, and forks them: `python -m orchestration_project.serving PORT`.

Which processes they are is `services.py`; who starts and ends this one is `cli/development.py`.
"""

import importlib
import os
import signal
import sys
import tempfile
from pathlib import Path

from orchestration_project.installation import WORKING_COPY
from orchestration_project.orchestration.dagster_internals import STARTED_BY_DEV
from orchestration_project.orchestration.warm_parent import ALONE
from orchestration_project.serving.code_server import Generations
from orchestration_project.serving.services import Services, commands, workspace

_NEEDED = (
    "dagster._cli.api",
    "dagster._daemon.cli",
    "dagster._daemon.controller",
    "dagster._daemon.daemon",
    "dagster._grpc.server",
    "dagster_graphql.schema",
    "dagster_webserver.cli",
    "dagster_webserver.webserver",
    "orchestration_project.definitions",
    "orchestration_project.orchestration.coordinator",
    "orchestration_project.orchestration.launcher",
    "orchestration_project.orchestration.own_records",
)
"""What Dagster's commands import when they run. Only to have it once: each would import it by itself."""


def main() -> None:
    os.environ |= {**ALONE, STARTED_BY_DEV: "1"}
    # a shell that starts something in the background makes it deaf to Ctrl-C, and Dagster's stop with it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for module in _NEEDED:
        importlib.import_module(module)
    with tempfile.TemporaryDirectory(prefix="leads-") as folder:
        code = Generations(Path(folder))
        told = workspace(WORKING_COPY / "workspace.yaml", code.address, Path(folder))
        services = Services(code, commands(int(sys.argv[1]), told))
        ended = services.serve()
    raise SystemExit(ended)


if __name__ == "__main__":
    main()
