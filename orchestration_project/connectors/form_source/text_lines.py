"""The lines of a text file whose encoding nobody has told: UTF-8 line by line, else the old Windows code
page.

What the lines say is in `csv_file.py`.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from orchestration_project.errors import LeadsError

UTF_8 = "utf-8"
OLD = "cp1252"
_PIECE = 1_000_000
_ENDS = re.compile(rb"\r\n|\r|\n")
_ENDS_OF_TEXT = re.compile(r"\r\n|\r|\n")
_TWICE = re.compile("Ã[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[\u0080-\u00bf™œ“”˜]")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

_WITHOUT_MARK = {"utf-16-le": 1, "utf-16-be": 0}
"""UTF-16 that does not say so: in Latin letters every other byte is zero, from this one on."""


@dataclass
class Lines:
    """A pass over a file. What is known once it is through: which lines were not in UTF-8."""

    path: Path
    encoding: str | None = None  # stated by a person; None: found out
    read: int = 0  # bytes so far
    old: int = 0  # lines that were in the old code page
    first_old: int = 0  # the number of the first of them
    garbled: int = 0  # signs that the encoding, stated or UTF-16, does not have
    twice: int = 0  # lines that look as if UTF-8 had been read as something else, and saved so
    wide: bool = False  # it begins as a file in UTF-16 does

    def __iter__(self) -> Iterator[str]:
        """Each with its end, as a CSV reader wants it; an end is LF, CR LF or CR."""
        with self.path.open("rb") as raw:
            mark = raw.read(4)
            raw.seek(0)
            encoding = self.encoding or next((name for bom, name in _MARKS if mark.startswith(bom)), UTF_8)
            if self.encoding is None and encoding == UTF_8:
                encoding = next((name for name, at in _WITHOUT_MARK.items() if _every_other(mark, at)), UTF_8)
            self.wide = self.encoding is None and encoding.startswith("utf-16")
            if self.encoding is None and not self.wide:
                yield from self._by_line(raw)
            else:
                yield from self._as_a_whole(raw, encoding)

    @property
    def says(self) -> str:
        """For people, after a pass: how the file was read."""
        if self.encoding is not None:
            lost = f"; {self.garbled} sign(s) in it are none of that encoding" if self.garbled else ""
            return f"Read as {self.encoding}, as you say{lost}."
        if self.wide:
            lost = f", but {self.garbled} sign(s) in it are none" if self.garbled else ""
            return f"Read as UTF-16{lost}."
        twice = (
            f" {self.twice} line(s) in it hold signs such as Ã¼ or â€™: an earlier program read letters "
            "wrongly and saved them so. Export the file anew from where it comes from."
            if self.twice
            else ""
        )
        if not self.old:
            return f"Read as UTF-8.{twice}"
        return (
            f"Read as UTF-8, but {self.old} line(s) that are none as Windows-1252 (the first is line "
            f"{self.first_old}). If letters look wrong, say --encoding."
        )

    def _by_line(self, raw: BinaryIO) -> Iterator[str]:
        for number, line in enumerate(_split(raw, self), 1):
            bare = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            try:
                text = bare.decode(UTF_8)
                self.twice += _TWICE.search(text) is not None
                yield text
            except UnicodeDecodeError:
                self.old += 1
                self.first_old = self.first_old or number
                yield bare.decode(OLD, "replace")

    def _as_a_whole(self, raw: BinaryIO, encoding: str) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        waiting = ""
        while True:
            piece = raw.read(_PIECE)
            self.read += len(piece)
            text = decoder.decode(piece, final=not piece)
            self.garbled += text.count("\ufffd")
            waiting += text
            end = 0
            for found in _ENDS_OF_TEXT.finditer(waiting):
                if found.end() == len(waiting) and found[0] == "\r" and piece:
                    break  # its LF may come with the next piece
                yield waiting[end : found.end()]
                end = found.end()
            waiting = waiting[end:]
            if not piece:
                break
        if waiting:
            yield waiting


def _every_other(mark: bytes, begin: int) -> bool:
    return len(mark) == 4 and not any(mark[begin::2]) and all(mark[1 - begin :: 2])  # noqa: PLR2004 - as read


def checked_encoding(name: str) -> str:
    """The encoding that a person states. Raises LeadsError for one that there is not."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise LeadsError(
            f"--encoding {name}: there is no such encoding. Usual ones are utf-8, cp1252, iso-8859-15, "
            f"mac-roman."
        ) from None


def _split(raw: BinaryIO, told: Lines) -> Iterator[bytes]:
    waiting = b""
    while True:
        piece = raw.read(_PIECE)
        told.read += len(piece)
        waiting += piece
        end = 0
        for found in _ENDS.finditer(waiting):
            if found.end() == len(waiting) and found[0] == b"\r" and piece:
                break  # its LF may come with the next piece
            yield waiting[end : found.end()]
            end = found.end()
        waiting = waiting[end:]
        if not piece:
            break
    if waiting:
        yield waiting
