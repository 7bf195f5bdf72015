"""Services whose processes only wait, or fall: for a process of its own, in which they are looked after."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from orchestration_project.serving import code_server, services
from orchestration_project.serving.parents import Parents


def play(argument: dict[str, str]) -> None:
    """Ends with the services' exit status."""
    folder, daemon_falls = Path(argument["folder"]), bool(argument["daemon falls"])
    os.environ["LEADS_HOME"] = str(folder / "home")

    def serve(socket: Path, _arguments: list[str]) -> None:
        services.become("code")
        socket.touch()
        time.sleep(600)

    def run(_parents: Parents, name: str, _command: Sequence[str]) -> None:
        services.become(name)
        begun = len(list(folder.glob(f"{name}.*")))
        (folder / f"{name}.{begun}").write_text(str(os.getpid()), encoding="utf-8")
        if daemon_falls and name == "daemon":
            raise SystemExit(3)
        time.sleep(600)

    code_server._serve = serve  # pyright: ignore[reportPrivateUsage]
    services._run = run  # pyright: ignore[reportPrivateUsage]
    code = code_server.Generations(folder)
    wanted = {"web server": [""], "daemon": [""]}
    (folder / "process").write_text(str(os.getpid()), encoding="utf-8")
    raise SystemExit(services.Services(code, Parents(folder / "parents"), wanted).serve())
