"""Erasing a person in the files of LEADS_HOME: what was dropped into the inbox, what programs have logged.

The embedded connectors' files are erased by their connectors; what neither knows is told, never guessed at.
"""

import json
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from orchestration_project.connectors.whole_files import write_whole
from orchestration_project.model import Frozen

OTHERS = ("postgres", "backups", "erased")
"""A database's own files; copies of it, which are told apart; and certificates, in which nobody is named."""
_LOGS = (".log", ".out", ".err")
_BIGGEST = 200_000_000


class Cleaned(Frozen):
    """What was done to the files, and which still hold a word of the person's."""

    erased: tuple[str, ...]  # below LEADS_HOME
    left: tuple[str, ...]


def erase_in_files(home: Path, terms: Collection[str]) -> Cleaned:
    """A submission in a file of the inbox goes, and its file with the last one; of a log, the lines go."""
    erased: list[str] = []
    for path in holding(home, terms):
        words = _spelled(terms)
        if path.is_relative_to(home / "inbox") and path.suffix.lower() in (".json", ".jsonl"):
            _without_submissions(path, words)
            erased.append(_shown(home, path))
        elif path.suffix in _LOGS:
            kept = [line for line in path.read_bytes().splitlines(keepends=True) if not _holds(line, words)]
            write_whole(path, b"".join(kept))
            erased.append(_shown(home, path))
    return Cleaned(erased=tuple(erased), left=tuple(_shown(home, path) for path in holding(home, terms)))


def holding(home: Path, terms: Collection[str]) -> list[Path]:
    """The files of LEADS_HOME in which, or in whose names, one of the words stands."""
    words = _spelled(terms)
    if not words:
        return []
    return [path for path in _files(home) if _holds(path.name.encode(), words) or _holds(_read(path), words)]


def _files(home: Path) -> Iterator[Path]:
    for top in sorted(home.iterdir()) if home.is_dir() else ():
        if top.name in OTHERS:
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else (top,):
            with suppress(OSError):
                if path.is_file() and not path.is_symlink() and path.stat().st_size <= _BIGGEST:
                    yield path


def _read(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""


def _without_submissions(path: Path, words: Collection[bytes]) -> None:
    raw = path.read_bytes()
    if path.suffix.lower() == ".jsonl":
        kept = [line for line in raw.splitlines(keepends=True) if not _holds(line, words)]
        _write_or_unlink(path, b"".join(kept))
        return
    body: Any = None
    with suppress(ValueError, RecursionError):
        body = json.loads(raw)
    if not isinstance(body, list):
        path.unlink()
        return
    items = [
        item
        for item in body
        if not _holds(json.dumps(item, ensure_ascii=False).encode(errors="replace"), words)
    ]
    _write_or_unlink(path, json.dumps(items).encode() if items else b"")


def _write_or_unlink(path: Path, content: bytes) -> None:
    if content.strip():
        write_whole(path, content)
    else:
        path.unlink()


def _spelled(terms: Collection[str]) -> list[bytes]:
    """In small letters, as they are and as JSON writes what is not ASCII."""
    found = {term.casefold().encode(errors="replace") for term in terms}
    return sorted(found | {json.dumps(term)[1:-1].lower().encode() for term in terms})


def _holds(content: bytes, words: Collection[bytes]) -> bool:
    # two ways of small letters: of bytes only ASCII's have them
    folded, small = content.decode("utf-8", "replace").casefold().encode(), content.lower()
    return any(word in folded or word in small for word in words)


def _shown(home: Path, path: Path) -> str:
    return path.relative_to(home).as_posix()
