"""The playbook as it was read last, kept in a file beside the leads: reading and checking the documents anew
costs a command more than all else that it does. How they are read is `load.py`, imported where it must be.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from orchestration_project.playbook.files import fingerprint, version_of

if TYPE_CHECKING:
    from orchestration_project.playbook.capabilities import Capabilities
    from orchestration_project.playbook.model import Playbook

_KEPT = "playbook.json"


def read_kept(folder: Path, home: Path, offered: "Capabilities") -> "Playbook":
    """The playbook in that folder: as kept in `home`, if no document, no module beside this one and nothing
    that connectors and actions offer has changed since; else read anew, and kept. Raises PlaybookError, whose
    text lists every mistake."""
    from orchestration_project.playbook.model import Playbook  # noqa: PLC0415 - the zone is asked for without it

    try:
        mark = f"{fingerprint(folder)} {_code(offered)}"
    except OSError:
        mark = ""  # loading it says what is wrong
    kept = _kept(home)
    if mark and kept.get("mark") == mark:
        with suppress(ValidationError):
            return Playbook.model_validate(kept["playbook"])
    from orchestration_project.playbook.load import load_playbook  # noqa: PLC0415 - what all this is for

    playbook = load_playbook(folder, offered)
    if mark:
        _keep(home, {"mark": mark, "playbook": playbook.model_dump(mode="json")})
    return playbook


def kept_time_zone(folder: Path, home: Path) -> str | None:
    """The owner's, where the documents are as they were. None: not known without reading them."""
    kept = _kept(home)
    try:
        unchanged = str(kept.get("mark", "")).startswith(f"{fingerprint(folder)} ")
    except OSError:
        return None
    return str(kept["playbook"]["business"]["time_zone"]) if unchanged else None


def _code(offered: "Capabilities") -> str:
    """Changes with what may stand in a playbook, and with each change of the modules beside this one."""
    beside = sorted((path.name, path.stat().st_mtime_ns) for path in Path(__file__).parent.glob("*.py"))
    names = (offered.actions, offered.follow_ups, offered.senders, offered.reserved)
    words = [*map(sorted, names), *(sorted(table) for _kind, table in sorted(offered.connectors.items()))]
    says = [(kind, name, sorted(of)) for kind, by in offered.says.items() for name, of in by.items()]
    return version_of({"code": repr((beside, words, sorted(says), sorted(offered.after.items()))).encode()})


def _kept(home: Path) -> dict[str, Any]:
    try:
        kept = json.loads((home / _KEPT).read_bytes())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) and "playbook" in kept else {}


def _keep(home: Path, what: dict[str, Any]) -> None:
    half = home / f"{_KEPT}.{os.getpid()}"  # others may be reading
    with suppress(OSError):  # a home that is not there yet, or is full: commands take longer, and that is all
        half.write_text(json.dumps(what), encoding="utf-8")
        half.replace(home / _KEPT)
