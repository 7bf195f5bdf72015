"""Stand-ins for the services of one office, as slow as the real ones, for both benchmarks.

What is measured with them stands in the benchmark itself. By itself, `slow_services.py PLAYBOOK` prints the
environment that leads there, and serves until it is ended.
"""

import json
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from orchestration_project.cli.services_demo import copy_playbook, fill
from orchestration_project.fake_services.office import Office
from orchestration_project.installation import WORKING_COPY
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook

LATENCIES = {
    "HubSpot": 0.15,
    "People Data Labs": 0.3,
    "OpenAI": 1.5,
    "Gmail": 0.3,
    "Slack": 0.15,
    "Google Calendar": 0.2,
    "Google Drive": 0.2,
    "Mailchimp": 0.2,
}
"""Seconds before every answer."""


@contextmanager
def slow_office(playbook: Path) -> Generator[Office]:
    """Serving, with the firm's playbook copied to `playbook` so that it names these services."""
    with Office() as office:
        for name, service in office.services.items():
            service.latency = LATENCIES[name]
        copy_playbook(WORKING_COPY / "playbook", playbook)
        fill(office, load_playbook(playbook, capabilities()))
        yield office


if __name__ == "__main__":
    with slow_office(Path(sys.argv[1])) as there:
        print(json.dumps(there.environment), flush=True)
        signal.pause()
