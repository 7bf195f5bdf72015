"""Runs many `leads` commands: a process imports the program once and forks one for each command line.

Each is a process of its own with the real `main` and the real exit code, without its second of imports.
Run by `test_mistakes.py`; reads the commands as JSON from standard input and writes the answers.
"""

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from orchestration_project.cli.main import main


def fork(arguments: Sequence[str], environment: dict[str, str], streams: Sequence[Path]) -> int:
    """Starts `leads` with these arguments; answers the id of its process."""
    if process := os.fork():
        return process
    code: object = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY), number)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["leads", *arguments]
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001 - what the interpreter would do with it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def answer(folder: Path, commands: dict[str, tuple[list[str], dict[str, str]]]) -> dict[str, list[object]]:
    streams: dict[int, tuple[str, list[Path]]] = {}
    answers: dict[str, list[object]] = {}

    def collect() -> None:
        process, status = os.wait()
        name, (_stdin, out, err) = streams.pop(process)
        answers[name] = [os.waitstatus_to_exitcode(status), out.read_text(), err.read_text()]

    for number, (name, (arguments, environment)) in enumerate(commands.items()):
        if len(streams) == 3:
            collect()
        files = [folder / f"{number}.{stream}" for stream in ("in", "out", "err")]
        for file in files:
            file.touch()
        streams[fork(arguments, environment, files)] = (name, files)
    while streams:
        collect()
    return answers


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(answer(Path(folder), json.load(sys.stdin))))
