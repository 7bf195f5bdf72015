"""A service of Dagster's whose `dev` was killed before it came to ask for it, for a process of its own.

What becomes of it is in `test_own_records.py`.
"""

import os
import signal
import time

from orchestration_project.orchestration import own_records


def act(dev: str) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ[own_records._DEV] = dev
    own_records._end_with(own_records._dev(), tells_code_servers=False)
    time.sleep(60)
