"""`leads check-playbook`: every mistake in the owner's documents, and what the services that they name lack.

Finding mistakes belongs to `playbook/`, asking the services to `doctor`.
"""

from pathlib import Path
from typing import Annotated

import typer

from orchestration_project.cli.findings import missing_settings
from orchestration_project.cli.session import here
from orchestration_project.cli.view import out, print_json
from orchestration_project.errors import LeadsError
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import check_playbook as find_mistakes
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook
from orchestration_project.text import so_many


def check_playbook(
    folder: Annotated[str | None, typer.Argument(help="Another playbook than the installation's.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Read the playbook and say what is wrong, with file, line and mend."""
    place = Path(folder) if folder else here().playbook
    mistakes = find_mistakes(place, capabilities())
    lacking = () if mistakes else missing_settings(load_playbook(place, capabilities()))
    if as_json:
        print_json([*mistakes, *lacking])
    for mistake in (*mistakes, *lacking) if not as_json else ():
        out.print(str(mistake), markup=False, soft_wrap=True)
    if mistakes:
        raise LeadsError(f"{so_many(len(mistakes), 'mistake')} in {place}.")
    playbook = load_playbook(place, capabilities())
    _check_cases(place, playbook)
    if not as_json:
        tracks = ", ".join(track.name for track in playbook.tracks)
        out.print(f"The playbook in {place} is fine. Version {playbook.version}; tracks: {tracks}.")
    # another folder's rules may be meant for another machine, which has the credentials
    if lacking and folder is None:
        raise LeadsError(f"{so_many(len(lacking), 'connection')} of it cannot be used: leads would wait.")


def _check_cases(place: Path, playbook: Playbook) -> None:
    """Raises PlaybookError, whose text lists every mistake in the eval cases."""
    from orchestration_project.history.evaluation.cases import FOLDER, load_cases  # noqa: PLC0415 - half a second

    load_cases(place / FOLDER, playbook)
