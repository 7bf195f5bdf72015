"""Processes of their own for what is tested, without the seconds in which Python imports the program.

A helper process imports it once and forks for each thing asked of it; what is asked is the helper's part.
"""

import atexit
import gc
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path


def fork(act: Callable[[], object], streams: Sequence[Path]) -> int:
    """Does it in a new process with these as standard input, output and error; answers that process's id."""
    gc.freeze()  # else its first collection copies all memory there is
    if process := os.fork():
        return process
    code: object = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY), number)
        act()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001 - what the interpreter would do with it
        traceback.print_exc()
    finally:
        # what the interpreter does at its end, but for taking the imported modules apart
        sys.stdout.flush()
        sys.stderr.flush()
        atexit._run_exitfuncs()
        os._exit(code if isinstance(code, int) else 1)
