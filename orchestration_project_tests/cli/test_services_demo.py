"""The command `leads demo --services` in a process of its own: what it prints, and that it begins anew.

What is in the services afterwards is looked at in `orchestration/test_services_demo.py`.
"""

import subprocess
import sys

from orchestration_project.installation import WORKING_COPY
from orchestration_project_tests.cli.conftest import Shell

UNHURRIED = """
import sys
from orchestration_project.cli.main import main
from orchestration_project import connecting
connecting.take_turn = lambda *_: 0.0  # the stand-ins have no rate limit
sys.argv = ["leads", "demo", "--services"]
main()
"""
"""The real command, without the half minute in which it keeps to the rate limits of the real services."""


def test_the_command_shows_leads_and_traffic_and_begins_anew(embedded: Shell) -> None:
    left = embedded.home / "services-demo" / "home" / "left.txt"
    left.parent.mkdir(parents=True)
    left.write_text("of an earlier demo")
    (embedded.home / "services-demo" / "playbook").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", UNHURRIED],
        check=False,
        capture_output=True,
        env={**embedded.environment, "HUBSPOT_TOKEN": "a-real-one", "GOOGLE_SUBJECT": "a@real-one.example"},
        cwd=WORKING_COPY,
        timeout=120,
    )
    told = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert not left.exists()
    assert "24 submissions of 23 leads" in told
    assert "priority" in told and "not_fit" in told and "quarantined" in told
    assert "POST /crm/objects/2026-09/contacts" in told and "/v1/chat/completions" in told
    assert "drafts" in told.split("What exists there now")[1]
    assert "no account was touched" in told
    assert not (embedded.home / "postgres").exists()  # the installation of the shell itself was left alone
