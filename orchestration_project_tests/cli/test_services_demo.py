"""The command `leads demo --services` in a process of its own: what it prints, and that it begins anew.

What is in the services afterwards is looked at in `orchestration/test_services_demo.py`.
"""

from orchestration_project_tests.cli.conftest import Call, Shell

UNHURRIED = "orchestration_project_tests.cli.command:unhurried"


def test_the_command_shows_leads_and_traffic_and_begins_anew(embedded: Shell) -> None:
    left = embedded.home / "services-demo" / "home" / "left.txt"
    left.parent.mkdir(parents=True)
    left.write_text("of an earlier demo")
    (embedded.home / "services-demo" / "playbook").mkdir()
    credentials = {"HUBSPOT_TOKEN": "a-real-one", "GOOGLE_SUBJECT": "a@real-one.example"}
    (done,) = embedded.all([Call(("demo", "--services"), credentials, act=UNHURRIED)])
    told = done.out
    assert done.code == 0, done.err
    assert not left.exists()
    assert "24 submissions of 23 leads" in told
    assert "priority" in told and "not_fit" in told and "quarantined" in told
    assert "POST /crm/objects/2026-09/contacts" in told and "/v1/chat/completions" in told
    assert "drafts" in told.split("What exists there now")[1]
    assert "no account was touched" in told
    assert not (embedded.home / "postgres").exists()  # the installation of the shell itself was left alone
