"""How embedded connectors put a file on disk: wholly there under its name, or not at all.

Where a file is, and what stands in it, belongs to the connector; adding lines to one is `local_files.py`.
"""

import os
import tempfile
from pathlib import Path

LONGEST_NAME = 80
"""Bytes: encrypted home folders allow 143 for the whole file name."""


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside `path` first, and gives the name only to what is safely on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)


def file_stem(key: str, name: str) -> str:
    """`key name`, as every file system takes it."""
    import pathvalidate  # noqa: PLC0415 - whoever only looks names no file

    encodable = name.encode(errors="ignore").decode()
    valid = pathvalidate.sanitize_filename(encodable, platform="universal").encode()
    return f"{key} {valid[:LONGEST_NAME].decode(errors='ignore')}".strip(" .")
