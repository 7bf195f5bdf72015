"""What Dagster's processes print under `leads dev`, in one line a happening; all of it is kept in a file.

What they do is not known here, only how they log: a line of JSON a record, and now and then plain text.
"""

import ast
import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from orchestration_project.cli.view import out

AGAIN_SECONDS = 60.0
"""So long the same thing is not said again."""
_LONGEST = 300
_AWAY = re.compile(
    r"OperationalError|InterfaceError|too many retries for DB connection|failed database connection|"
    "database was away"
)
_TRACE = re.compile(r"^(Traceback \(most recent call last\)|Stack Trace|The above exception|During handling)")
_PLAIN_RECORD = re.compile(r"^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):([\w.]+):(.*)")
_NO_TROUBLE = ("debug", "info")
"""Such as every event of a run of history: of no interest here, and in the file."""
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
# a code server's, which has no choice of format
_SERVERS_RECORD = re.compile(r"^\d{4}-\d\d-\d\d [\d:]+ [+-]\d{4} - ([\w.-]+) - ([A-Z]+) - (.*)")
_ERROR = re.compile(r"^(?:[\w.]+\.)?(\w+(?:Error|Exception)): *(.+)")
_OURS = re.compile(r"^(?:orchestration_project\.[\w.]+Error|dagster[\w.]*\.Failure): *(.+)", re.MULTILINE)


def _print(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)


class Told:
    def __init__(
        self,
        log: Path,
        write: Callable[[str], None] = _print,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._write = write
        self._monotonic = monotonic
        self._said: dict[str, float] = {}
        self._in_trace = False
        with suppress(OSError):
            log.unlink(missing_ok=True)

    def show(self, line: str) -> None:
        with suppress(OSError), self._log.open("a", encoding="utf-8") as log:
            log.write(f"{line}\n")
        if (record := _record(line)) is not None:
            self._in_trace = True  # what follows in plain text belongs to it
            if str(record.get("level", "")).lower() not in _NO_TROUBLE:
                told, why = sentence(record)
                self._say(told, why or told)
        elif (plain := _PLAIN_RECORD.match(line)) is not None:
            self._in_trace = True
            if not plain[1].startswith("dagster"):  # those come as JSON, too
                self._say(plain[2].strip(), plain[2].strip())
        elif (server := _SERVERS_RECORD.match(_COLOURS.sub("", line))) is not None:
            self._in_trace = True
            if server[2].lower() not in _NO_TROUBLE:
                self._say(f"{server[1]}: {server[3].strip()}", server[3].strip())
        else:
            self._show_text(line)

    def _show_text(self, line: str) -> None:
        """Of a traceback that nobody has logged only the beginning: its end may be anywhere."""
        if _TRACE.match(line):
            if not self._in_trace:
                self._say(f"An exception; {self._log} has the whole of it.", "exception")
            self._in_trace = True
        elif not self._in_trace and line.strip():
            self._say(line.rstrip(), line.strip())

    def _say(self, told: str, key: str) -> None:
        if _AWAY.search(key):
            key = "away"
            told = f"The database is away; Dagster's processes ask again. {self._log} has the whole of it."
        now = self._monotonic()
        if now - self._said.get(key, float("-inf")) < AGAIN_SECONDS:
            return
        if len(self._said) > 1000:  # noqa: PLR2004 - nothing grows for ever
            self._said.clear()
        self._said[key] = now
        self._write(told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…")


def sentence(record: dict[str, Any]) -> tuple[str, str]:
    """What happened; and why, which is what our own error says, or the last one of others. Empty: it is not
    known."""
    what, _, rest = str(record["event"]).partition("\n")
    trace = f"{rest}\n{_exception(record)}"
    ours = _OURS.findall(trace)
    others = [f"{found[1]}: {found[2]}" for line in trace.splitlines() if (found := _ERROR.match(line))]
    why = (ours or others or [""])[-1]
    what = what.strip().rstrip(":")
    return f"{record.get('logger', 'dagster')}: {what}" + (f": {why}" if why else ""), why


def _record(line: str) -> dict[str, Any] | None:
    if line.startswith("{"):
        with suppress(ValueError):
            found = json.loads(line)
            if "event" in found:
                return found
    return None


def _exception(record: dict[str, Any]) -> str:
    """Its text. A record holds the exception as Python writes it: `DagsterError('…')`."""
    parts = record.get("exc_info")
    if not isinstance(parts, list) or len(parts) < 2:  # noqa: PLR2004 - type, exception, traceback
        return str(record.get("exception", ""))
    name, _, text = str(parts[1]).partition("(")
    with suppress(ValueError, SyntaxError):
        return f"{name}: {ast.literal_eval(text.removesuffix(')').rstrip(','))}"
    return f"{name}: {text}"
