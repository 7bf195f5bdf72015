"""Imports once what Dagster's services need, and forks them: `python -m orchestration_project.serving PORT`.

Which processes they are is `services.py`; who starts and ends this one is `cli/development.py`.
"""

import gc
import importlib
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    gc.disable()  # nothing of what an import makes is rubbish, and to look for some takes a fifth of it

from orchestration_project.installation import WORKING_COPY
from orchestration_project.orchestration.dagster_internals import (
    OF_COMMANDS,
    STARTED_BY_DEV,
    load_code_again_every,
    look_at_code_every,
)
from orchestration_project.orchestration.own_records import DEV
from orchestration_project.orchestration.warm import SLOW
from orchestration_project.orchestration.warm_parent import ALONE, FORKED_AT
from orchestration_project.serving.code_server import Generations
from orchestration_project.serving.parents import Parents
from orchestration_project.serving.services import Services, commands, others, workspace

_OURS = (
    "orchestration_project.definitions",
    "orchestration_project.orchestration.coordinator",
    "orchestration_project.orchestration.launcher",
    "orchestration_project.orchestration.own_records",
)
"""What dagster.yaml and workspace.yaml name. Only to have it once: each process would import it by itself."""
CODE_SECONDS = 5.0
"""As often as `services.py` looks whether there is other code to serve."""
ALL_CODE_SECONDS = 600.0
"""Our own is loaded anew when it has changed."""


def main() -> None:
    os.environ |= {**ALONE, STARTED_BY_DEV: "1", DEV: str(os.getpid())}
    # a shell that starts something in the background makes it deaf to Ctrl-C, and Dagster's stop with it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for module in (*OF_COMMANDS, *_OURS, *SLOW):
        importlib.import_module(module)
    gc.enable()
    look_at_code_every(CODE_SECONDS)
    shipped = WORKING_COPY / "workspace.yaml"
    if not others(shipped):
        load_code_again_every(ALL_CODE_SECONDS)
    # not a TemporaryDirectory: each fork would take it away at its own end
    folder = Path(tempfile.mkdtemp(prefix="leads-"))
    code = Generations(folder)
    os.environ[FORKED_AT] = str(folder / "parents")
    parents = Parents(folder / "parents")
    told = workspace(shipped, code.address, folder)
    ended = Services(code, parents, commands(int(sys.argv[1]), told)).serve()
    shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(ended)


if __name__ == "__main__":
    main()
