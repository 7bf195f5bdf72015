"""Reading what a person hands to `leads submit`. Files dropped into the inbox folder are the connector's."""

import json
import sys
from pathlib import Path

from orchestration_project.data.form_body import is_form
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
    """One delivery an object: of one object or a list of them, however they are laid out, or of one a line;
    or the whole, where it is a form's body as browsers send it.

    Raises LeadsError naming each that is no JSON object: then nothing of the file is taken, and the mended
    file can be handed in whole.
    """
    name = "standard input" if file == STDIN else file
    if is_form(content):
        return (Delivery(external_id=None, raw=content),)
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    listed = _listed(content)
    if listed is None:
        lines = [(f"line {number}", line.strip()) for number, line in enumerate(content.splitlines(), 1)]
        parts = [(where, line) for where, line in lines if line]
    else:
        parts = [(f"element {number}", raw) for number, raw in enumerate(listed, 1)]
    if not parts:
        raise LeadsError(
            f"{name} holds no submission. Expected is a JSON object, a list of objects, one object a "
            f"line, or the "
            "body of a form (urlencoded or multipart)."
        )
    mistakes = [f"  {where}: {wrong}" for where, raw in parts if (wrong := _mistake(raw))]
    if mistakes:
        if len(mistakes) > SHOWN:
            mistakes[SHOWN:] = [f"  and {len(mistakes) - SHOWN} more"]
        shown = "\n".join(mistakes)
        what = "lines" if listed is None else "elements"
        raise LeadsError(
            f"{name} was not taken in; these of its {len(parts)} {what} are not JSON objects:\n{shown}\n"
            "Write a JSON object, a list of them, or one a line, and hand in the whole file again: nothing "
            "is taken twice."
        )
    return tuple(Delivery(external_id=_id(raw), raw=raw) for _where, raw in parts)


def _listed(content: bytes) -> list[bytes] | None:
    """The objects of a file that as a whole is JSON; None: it is not, or has only one line."""
    if len(content.splitlines()) == 1 and not content.startswith(b"["):
        return None
    try:
        value = json.loads(content.decode())
    except (ValueError, RecursionError):
        return None
    # an element has no bytes of its own; the inbox folder writes it the same way
    return [json.dumps(item).encode("ascii") for item in value] if isinstance(value, list) else [content]


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
