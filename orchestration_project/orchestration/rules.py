"""The playbook as it stands on disk at this moment, for sensors: read anew when a document of it has changed.

A run has one playbook from its beginning to its end, the one that its process has loaded.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from orchestration_project.errors import PlaybookError
from orchestration_project.installation import locate
from orchestration_project.offer import capabilities
from orchestration_project.playbook.files import fingerprint
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook


@dataclass(frozen=True)
class _Read:
    """What came of the last reading of a folder: a playbook, or the words of what is wrong with it."""

    mark: str
    playbook: Playbook | None
    wrong: str


_last: dict[Path, _Read] = {}


def current_playbook(folder: Path | None = None) -> Playbook:
    """Raises PlaybookError while the rules on disk are broken. Cheap where they are as they were."""
    folder = folder or locate(os.environ).playbook
    try:
        mark = fingerprint(folder)
    except OSError:
        return load_playbook(folder, capabilities())  # which says what is wrong
    read = _last.get(folder)
    if read is None or read.mark != mark:
        read = _last[folder] = _read(folder, mark)
    if read.playbook is None:
        raise PlaybookError(read.wrong)
    return read.playbook


def _read(folder: Path, mark: str) -> _Read:
    try:
        return _Read(mark, load_playbook(folder, capabilities()), "")
    except PlaybookError as error:
        return _Read(mark, None, str(error))


def playbook_resource(loaded: Playbook) -> dg.ResourceDefinition:
    """The playbook of a run, and of a tick: there as it is now, or as it was loaded while it is broken."""

    @dg.resource(description="The owner's rules, and which tools carry them out.")
    def playbook(context: dg.InitResourceContext) -> Playbook:
        if context.run is not None:
            return loaded
        try:
            return current_playbook()
        except PlaybookError:
            return loaded

    return playbook
