"""A process of runs that prints, complains and has programs print, two runs behind one another.

Where all of it goes is the test's part.
"""

import os
import subprocess

import psutil

from orchestration_project.orchestration.own_output import passed_on_later
from orchestration_project.orchestration.own_records import OF_A_RUN, OwnLogs


def act(folder: str) -> None:
    os.environ[OF_A_RUN] = "1"
    _print(folder)


def act_as_command(folder: str) -> None:
    """As `leads run` does."""
    with passed_on_later():
        _print(folder)


def _print(folder: str) -> None:
    logs = OwnLogs(folder)
    print("before")
    beside = 0
    for number in (1, 2):
        with logs.capture_logs(["run", str(number)]):
            print("printed", number)
            os.write(2, f"complained {number}\n".encode())
            subprocess.run(["echo", f"by a program {number}"], check=True)
            beside += len(psutil.Process().children())
        print("between")
    print(f"{beside} beside")
