"""Which files a playbook's folder holds, and the marks by which one state of them is known from another.

What stands in them is read by `load.py`.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

IDEAL_CUSTOMER = "ideal_customer.md"
PLAYBOOK = "playbook.yaml"
CONNECTIONS = "connections.yaml"
DRAFTS = "drafts"


def draft_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*.md"))  # editors keep files of their own that begin with a dot


def rules_files(folder: Path) -> dict[str, bytes]:
    """The rules only, by their names in the folder: which tools carry them out changes no decision."""
    files = [folder / IDEAL_CUSTOMER, folder / PLAYBOOK, *draft_files(folder / DRAFTS)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files if path.exists()}


def fingerprint(folder: Path) -> str:
    """Of every document, connections.yaml too: while it is the same, the playbook is. Raises OSError."""
    wiring = folder / CONNECTIONS
    return version_of(rules_files(folder) | ({wiring.name: wiring.read_bytes()} if wiring.exists() else {}))


def version_of(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        # the length keeps two files from hashing like one file that holds both
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]
