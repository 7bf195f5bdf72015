"""Playbooks that are not live: a candidate, whose folder holds only files that differ, or an older version.

What they would have decided is worked out in `history/rescoring/`.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from orchestration_project.errors import PlaybookError
from orchestration_project.playbook.capabilities import Capabilities
from orchestration_project.playbook.files import rules_files
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook

CANDIDATES = "candidates"
CONNECTIONS = "connections.yaml"


def candidate_names(folder: Path) -> tuple[str, ...]:
    """Of the playbook in that folder."""
    place = folder / CANDIDATES
    return tuple(sorted(each.name for each in place.iterdir() if each.is_dir())) if place.is_dir() else ()


def candidate_files(folder: Path, name: str) -> dict[str, bytes]:
    """What differs from the live playbook, by name. Raises PlaybookError where there is no such candidate, or
    where it holds a file that no playbook has."""
    if name not in candidate_names(folder):
        known = ", ".join(candidate_names(folder)) or "none yet"
        raise PlaybookError(
            f"There is no candidate called {name} ({known}). Make the folder "
            f"{folder.name}/{CANDIDATES}/{name} with the files that differ from the live playbook."
        )
    place = folder / CANDIDATES / name
    files = {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    rules = rules_files(folder)
    strange = [each for each in files if each not in rules and not _is_draft(each)]
    if strange or not files:
        what = f"holds {', '.join(strange)}" if strange else "is empty"
        raise PlaybookError(
            f"{folder.name}/{CANDIDATES}/{name} {what}. A candidate holds files of the playbook that differ: "
            "ideal_customer.md, playbook.yaml, drafts/*.md. Which tools are connected is no part of it."
        )
    return files


def load_candidate(folder: Path, name: str, capabilities: Capabilities) -> Playbook:
    """The live playbook with the candidate's files in place of its own. Raises PlaybookError."""
    return load_files(folder, rules_files(folder) | candidate_files(folder, name), name, capabilities)


def load_files(folder: Path, files: Mapping[str, bytes], name: str, capabilities: Capabilities) -> Playbook:
    """A playbook of these files, with the connections of the live one in `folder`; messages call it by
    `name`. Raises PlaybookError, whose text lists every mistake."""
    with tempfile.TemporaryDirectory(prefix="leads-playbook-") as made:
        place = Path(made) / name
        for each, content in {CONNECTIONS: (folder / CONNECTIONS).read_bytes(), **files}.items():
            (place / each).parent.mkdir(parents=True, exist_ok=True)
            (place / each).write_bytes(content)
        return load_playbook(place, capabilities)


def _is_draft(name: str) -> bool:
    return Path(name).parent == Path("drafts") and name.endswith(".md")
