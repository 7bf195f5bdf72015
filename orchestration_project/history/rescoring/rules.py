"""Which rules somebody means: a candidate by its folder, an older version by its hash, or the live ones.

Reading their files is the playbook's part.
"""

from pathlib import Path

from orchestration_project.errors import PlaybookError
from orchestration_project.ledger.playbooks import Playbooks
from orchestration_project.playbook.candidates import candidate_names, load_candidate, load_files
from orchestration_project.playbook.capabilities import Capabilities
from orchestration_project.playbook.model import Playbook

LIVE = "live"
_SHORTEST = 4


def rules_called(
    name: str, live: Playbook | None, folder: Path, kept: Playbooks, capabilities: Capabilities
) -> Playbook:
    """The playbook of that name, with the live one's connections. Raises PlaybookError. `live` is None where
    it has a mistake and is not asked for."""
    if live is not None and name in (LIVE, live.version):
        return live
    if name in candidate_names(folder):
        return load_candidate(folder, name, capabilities)
    versions = [each.version for each in kept.versions()]
    meant = [version for version in versions if len(name) >= _SHORTEST and version.startswith(name)]
    if len(meant) == 1:
        return load_files(folder, kept.read(meant[0]), f"version {meant[0]}", capabilities)
    if len(meant) > 1:
        raise PlaybookError(f"{name} is the beginning of several versions: {', '.join(meant)}.")
    known = ", ".join((LIVE, *candidate_names(folder), *versions))
    raise PlaybookError(
        f"No candidate and no version is called {name}. There are: {known}. A candidate is a folder under "
        f"{folder.name}/candidates with the files that differ."
    )
