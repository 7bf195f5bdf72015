"""A worker of a cluster as a fork of a process that has imported what it needs.

What is tested with it is `test_cluster.py`.
"""

import os
import sys
from pathlib import Path
from typing import Any


def work(asked: dict[str, Any]) -> None:
    """Under that name, until it is killed, in a group of processes whose number it leaves in a file."""
    os.setsid()
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["celery", *asked["words"]]
    group = Path(asked["group"])
    half = group.with_suffix(".half")
    half.write_text(str(os.getpid()))
    half.rename(group)
    from celery.__main__ import main

    main()
