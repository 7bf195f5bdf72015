"""Real rows, many times over: what `leads dev` leaves of some leads, copied for as many as are wanted.

Each copy is another lead of another person, with runs and ticks of its own, at another time. The words in its
JSON stay those of the lead that it was copied from; nothing here reads them.
"""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text
from speed import running

TEMPLATE = "template"
LEDGER = ("submissions", "arrivals", "work", "lead_keys", "first_touches", "facts", "journal", "decisions")
MORE = ("receipts", "copies", "copy_values")
RUNS = ("runs", "run_tags", "event_logs")
TICKS = "job_ticks"
NAIVE, ZONED = "timestamp without time zone", "timestamp with time zone"
