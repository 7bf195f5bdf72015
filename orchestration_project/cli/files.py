"""Reading what a person hands to `leads submit`. Files dropped into the inbox folder are the connector's."""

import json
import sys
from pathlib import Path

from orchestration_project.errors import LeadsError
from orchestration_project.model import Delivery

STDIN = "-"
SHOWN = 10
"""So many mistakes are named; a file of another kind would name thousands."""


def read_input(file: str) -> bytes:
    """Raises LeadsError when there is nothing to read."""
    if file == STDIN:
        if sys.stdin is None:
            raise LeadsError("Standard input is closed. Hand in a file, or pipe something in.")
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise LeadsError(f"{file} cannot be read: {error.strerror}.") from error


def deliveries_in(content: bytes, file: str) -> tuple[Delivery, ...]:
    """One delivery a line, with the bytes of the line. Raises LeadsError naming each line that is no
    JSON object: then nothing of the file is taken, and the mended file can be handed in whole."""
    name = "standard input" if file == STDIN else file
    lines = [
        (number, line.strip())
        for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), 1)
    ]
    filled = [(number, line) for number, line in lines if line]
    if not filled:
        raise LeadsError(f"{name} holds no submission. Expected are JSON objects, one a line.")
    mistakes = [f"  line {number}: {wrong}" for number, line in filled if (wrong := _mistake(line))]
    if mistakes:
        if len(mistakes) > SHOWN:
            mistakes[SHOWN:] = [f"  and {len(mistakes) - SHOWN} more"]
        shown = "\n".join(mistakes)
        raise LeadsError(
            f"{name} was not taken in; these of its {len(filled)} lines are not JSON objects:\n{shown}\n"
            "Write one JSON object a line, and hand in the whole file again: nothing is taken twice."
        )
    return tuple(Delivery(external_id=_id(line), raw=line) for _number, line in filled)


def _mistake(line: bytes) -> str | None:
    try:
        value = json.loads(line.decode())  # of bytes, json would also take UTF-16
    except UnicodeDecodeError:
        return "not UTF-8"
    except (ValueError, RecursionError) as error:
        return error.msg if isinstance(error, json.JSONDecodeError) else "not readable as JSON"
    return None if isinstance(value, dict) else f"a JSON {type(value).__name__}, not an object"


def _id(line: bytes) -> str | None:
    value = json.loads(line).get("id")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None
