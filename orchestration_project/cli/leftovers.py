"""What a `leads dev` that was killed has left running: found by what it wrote down, and ended.

How a session is ended is `supervised.py`.
"""

import json
import signal
from contextlib import suppress
from pathlib import Path

import psutil

from orchestration_project.cli.supervised import Supervised, members
from orchestration_project.cli.view import out
from orchestration_project.installation import Installation

_CLOCK_MOVED = 5.0
"""Seconds by which the start of a process may seem to move when the clock is set."""


def note(installation: Installation, session: int) -> None:
    """Writes down the session of the processes that `leads dev` has started."""
    started = psutil.Process(session).create_time()
    _file(installation).write_text(json.dumps({"session": session, "started": started}), encoding="utf-8")


def end_leftovers(installation: Installation) -> None:
    """Says so, and ends them. Whoever asks is the only `leads dev` of the installation."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        noted = json.loads(_file(installation).read_text(encoding="utf-8"))
        session, started = int(noted["session"]), float(noted["started"])
        left = [one for one in members(session) if _is_ours(one, installation.home, started)]
        if left:
            out.print(
                f"The last `leads dev` was killed and has left {len(left)} process{'es' * (len(left) > 1)} "
                "running. They are ended first; runs that are under way end by themselves."
            )
            for one in left:
                if one.pid == session:
                    one.send_signal(signal.SIGTERM)
            Supervised().see_out(session)
    _file(installation).unlink(missing_ok=True)


def _file(installation: Installation) -> Path:
    return installation.home / "dev.session"


def _is_ours(process: psutil.Process, home: Path, started: float) -> bool:
    """And not another program that has got the number meanwhile."""
    with suppress(psutil.Error):
        mine = process.environ().get("LEADS_HOME") == str(home)
        return mine and process.create_time() >= started - _CLOCK_MOVED
    return False
