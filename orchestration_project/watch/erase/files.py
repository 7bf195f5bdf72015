"""Erasing a person in the files of LEADS_HOME: what was dropped into the inbox, what programs have logged.

The embedded connectors' files are erased by their connectors; what neither knows is told, never guessed at.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any

from orchestration_project.connectors.mail.outbox import SENT, WAITING
from orchestration_project.connectors.whole_files import write_whole
from orchestration_project.model import Frozen
from orchestration_project.playbook.model import Playbook
from orchestration_project.text import so_many
from orchestration_project.watch.erase.who import Someone, own_address, same_mailbox

OTHERS = ("postgres", "backups", "erased")
"""A database's own files; copies of it, which are told apart; and certificates, in which nobody is named."""
_LOGS = (".log", ".out", ".err")
_BIGGEST = 200_000_000
_OURS = (
    *("inbox", "done", "other_kinds", "too_large", "outbox", WAITING, SENT, "calendar", "folders"),
    *("sequences", "rejected", "history", "dagster"),
)
"""Folders whose names name nobody. People make others."""
_STILL = "a word of theirs still stands there, maybe as a namesake's; look at it"
_REF = re.compile(r"\bL-[A-Z2-7]{10}\b")
_MESSAGE = re.compile(rb"\S+ \[(L-[A-Z2-7]{10})(?:-[^]]*)?\] ")
"""A line of the embedded chat, by its key."""
_ESCAPED = re.compile(r"\\[nrt]|%20")
"""What separates words in JSON and in a posted form, and would read as a part of the next one."""


class Cleaned(Frozen):
    """What was done to the files, and which still hold a word of the person's."""

    erased: tuple[str, ...]  # below LEADS_HOME
    left: tuple[str, ...]

    @property
    def left_where(self) -> tuple[str, ...]:
        """For a certificate, which names nobody: names of files do, those of other leads' files, too."""
        found = Counter(_where(path) for path in self.left)
        return tuple(f"{so_many(files, 'file')} {where}: {_STILL}" for where, files in found.items())


def erase_in_files(home: Path, person: Someone, playbook: Playbook) -> Cleaned:
    """A submission of theirs in a file of the inbox goes, and its file with the last one; of a log, the lines
    about their leads go. Their name alone takes nothing away: there are namesakes, and people who name them.
    """
    erased: list[str] = []
    for path in _files(home):
        if path.is_relative_to(home / "inbox") and path.suffix.lower() in (".json", ".jsonl"):
            gone = _holds(_read(path), _spelled(person.terms)) and _without_submissions(
                path, lambda raw: _is_theirs(raw, person, playbook)
            )
        else:
            gone = path.suffix in _LOGS and _without_lines(path, person)
        if gone:
            erased.append(_shown(home, path))
    left = holding(home, person.terms)
    return Cleaned(erased=tuple(erased), left=tuple(_shown(home, path) for path in left))


def _where(path: str) -> str:
    """The folder, as far as its name is one that we give, and the ref that stands in the name of a file."""
    folders = PurePosixPath(path).parts[:-1]
    folder = "/".join(takewhile(lambda part: part in _OURS, folders)) or "LEADS_HOME"
    ref = _REF.search(path)
    return f"in {folder}" + (f" of {ref[0]}" if ref else "")


def holding(home: Path, terms: Collection[str]) -> list[Path]:
    """The files of LEADS_HOME in which, or in whose names, one of the words stands."""
    words = _spelled(terms)
    if not words:
        return []
    return [
        path for path in _files(home) if _holds(os.fsencode(path.name), words) or _holds(_read(path), words)
    ]


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


def _is_theirs(raw: bytes, person: Someone, playbook: Playbook) -> bool:
    """A submission is whose address it gives. One that gives none is theirs if it holds one of theirs."""
    given = own_address(raw, playbook)
    if given is not None:
        return same_mailbox([given], person.person_keys)
    return _holds_address(raw, person.person_keys)


def _without_submissions(path: Path, theirs: Callable[[bytes], bool]) -> bool:
    """Whether there was one of theirs. A file without any stays as it is, byte for byte."""
    raw = _read(path)
    if path.suffix.lower() == ".jsonl":
        lines = raw.splitlines(keepends=True)
        kept = [line for line in lines if not line.strip() or not theirs(line)]
        if gone := len(kept) < len(lines):
            _write_or_unlink(path, b"".join(kept))
        return gone
    body: Any = None
    with suppress(ValueError, RecursionError):
        body = json.loads(raw)
    if not isinstance(body, list):
        if gone := theirs(raw):
            path.unlink(missing_ok=True)
        return gone
    items: list[Any] = body  # pyright: ignore[reportUnknownVariableType]
    others = [item for item in items if not theirs(json.dumps(item).encode())]
    if gone := len(others) < len(items):
        _write_or_unlink(path, json.dumps(others).encode() if others else b"")
    return gone


def _without_lines(path: Path, person: Someone) -> bool:
    lines = _read(path).splitlines(keepends=True)
    words = _spelled(person.terms)
    refs = {ref.encode() for ref in person.refs}
    kept = [line for line in lines if not _is_about(line, refs, words, person.person_keys)]
    if gone := len(kept) < len(lines):
        write_whole(path, b"".join(kept))
    return gone


def _is_about(line: bytes, refs: Collection[bytes], words: Collection[bytes], keys: Collection[str]) -> bool:
    """A message of the chat log begins with whose it is. Any other line is about them if it holds an address
    of theirs, or a word of theirs beside the ref of a lead of theirs; a ref alone names nobody."""
    if (message := _MESSAGE.match(line)) is not None:
        return message[1] in refs
    if not _holds(line, words):
        return False
    return any(ref in line for ref in refs) or _holds_address(line, keys)


def _write_or_unlink(path: Path, content: bytes) -> None:
    if content.strip():
        write_whole(path, content)
    else:
        path.unlink(missing_ok=True)


def _spelled(terms: Collection[str]) -> list[bytes]:
    """In small letters, as they are and as JSON writes what is not ASCII."""
    found = {term.casefold().encode(errors="replace") for term in terms}
    return sorted(found | {json.dumps(term)[1:-1].lower().encode() for term in terms})


def _holds(content: bytes, words: Collection[bytes]) -> bool:
    # two ways of small letters: of bytes only ASCII's have them
    folded, small = content.decode("utf-8", "replace").casefold().encode(), content.lower()
    return any(word in folded or word in small for word in words)


def _holds_address(content: bytes, keys: Collection[str]) -> bool:
    """As a whole: `ann@one.example` does not stand in `joann@one.example`."""
    told = _ESCAPED.sub(" ", content.decode("utf-8", "replace")).casefold()
    return any(re.search(rf"(?<![\w.+%-]){re.escape(key)}(?![\w-]|\.\w)", told) for key in keys)


def _shown(home: Path, path: Path) -> str:
    """A name need not be UTF-8; what is told and kept is."""
    return os.fsencode(path.relative_to(home)).decode("utf-8", "replace")
