"""Writes other rules into the playbook folder, in place of the live ones.

What is connected, and everything else in the folder, stays as it is.
"""

from collections.abc import Mapping
from pathlib import Path

from orchestration_project.errors import PlaybookError
from orchestration_project.playbook.files import rules_files


def publish(folder: Path, files: Mapping[str, bytes]) -> None:
    """Each file whole or not at all; drafts that the new rules lack go last. The next run reads them.

    Raises PlaybookError when the folder cannot be written.
    """
    try:
        for name, content in files.items():
            path = folder / name
            if path.is_file() and path.read_bytes() == content:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_bytes(content)
            fresh.replace(path)
        for name in rules_files(folder).keys() - files.keys():
            (folder / name).unlink()
    except OSError as error:
        raise PlaybookError(
            f"The playbook in {folder} cannot be written: {error.strerror}. Give this user the right to, "
            "then say it again."
        ) from error
