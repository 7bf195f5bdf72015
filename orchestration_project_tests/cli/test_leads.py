"""A day with the command line: submit, run, list, show, replay."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool

from orchestration_project.fake_services.tally import KEY as TALLY_KEY
from orchestration_project.fake_services.tally import FakeTally
from orchestration_project.ledger.submissions import make_ref
from orchestration_project_tests.cli.conftest import Answer, Shell
from orchestration_project_tests.servers import copy_data

LEAD = {
    "id": "n1",
    "name": "Jürgen Weiß",
    "email": "juergen@rees-studio.example",
    "message": "How does your bookkeeping service work for a small studio?",
    "consent": True,
}
SPAM = {"id": "s1", "name": "Max", "email": "max@lucky.example", "message": "casino backlinks viagra"}
LINES = "\n".join(json.dumps(lead, ensure_ascii=False) for lead in (LEAD, SPAM)).encode()

LEAD_KEYS = {
    "ref",
    "source",
    "external_id",
    "email",
    "name",
    "received_at",
    "finished_at",
    "status",
    "waiting_for",
    "try_at",
    "attention",
    "reason",
    "explanation",
    "score",
    "score_status",
    "service",
    "track",
    "rationale",
    "playbook_version",
    "deliveries",
    "drafted_at",
    "actions",
}
ACTION_KEYS = {"action", "status", "external_id", "error", "note", "url"}


@dataclass
class Day:
    """What was done in the shared installation before the tests look at it."""

    submitted: list[Answer]
    ran: Answer
    ran_again: Answer
    refs: list[str]


@pytest.fixture(scope="module")
def day(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Day:
    file = tmp_path_factory.mktemp("leads") / "leads.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + LINES.replace(b"\n", b"\r\n\r\n"))
    submitted = [
        shell.leads("submit", str(file), "--json"),
        shell.leads("submit", str(file)),
        shell.leads("submit", "-", stdin=LINES),
    ]
    refs = [item["ref"] for item in json.loads(submitted[0].out)]
    return Day(submitted, shell.leads("run"), shell.leads("run"), refs)


def listed(shell: Shell, *arguments: str) -> list[dict[str, Any]]:
    answer = shell.leads("list", "--json", *arguments)
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_what_is_submitted_three_times_is_kept_once(shell: Shell, day: Day) -> None:
    assert [answer.code for answer in day.submitted] == [0, 0, 0]
    first = json.loads(day.submitted[0].out)
    assert first == [
        {"ref": make_ref("inbox", "n1"), "external_id": "n1", "new": True, "revised": False},
        {"ref": make_ref("inbox", "s1"), "external_id": "s1", "new": True, "revised": False},
    ]
    for again in day.submitted[1:]:
        assert again.out.splitlines() == [f"{ref}  was here already; kept once" for ref in day.refs]
    ours = [lead for lead in listed(shell) if lead["ref"] in day.refs]
    assert [lead["deliveries"] for lead in ours] == [3, 3]


def test_run_does_what_is_pending_and_a_second_time_nothing(day: Day, shell: Shell) -> None:
    assert day.ran.code == 0, day.ran.err
    assert "Traceback" not in day.ran.all
    lead, spam = (line for line in day.ran.out.splitlines() if line.startswith("L-"))
    assert "nurture" in lead
    assert "Jürgen Weiß" in lead
    assert "quarantined" in spam
    assert (day.ran_again.code, day.ran_again.out) == (0, "Nothing was there to do.\n")
    assert len(list((shell.home / "chat.log").read_text().splitlines())) == 1


def test_run_reads_what_a_form_service_lists_and_tells_of_one_that_it_cannot_read(shell: Shell) -> None:
    connections = shell.playbook / "connections.yaml"
    before = connections.read_text(encoding="utf-8")
    lines = "  tally: {connector: tally, form: mexJoq}\n  other: {connector: typeform, form: f}\n"
    connections.write_text(before.replace("form_sources:\n", f"form_sources:\n{lines}"), encoding="utf-8")
    try:
        with FakeTally() as service:
            service.add_form("mexJoq", {"q1": "Your name", "q2": "E-mail", "q3": "Your message"})
            said = {"q1": "Ann Lee", "q2": "ann@lee.example", "q3": "We need help with our payroll in May."}
            service.submit("mexJoq", "t1", datetime.now(UTC) - timedelta(minutes=5), said)
            ready = shell.having(TALLY_API_KEY=TALLY_KEY, TALLY_BASE_URL=service.base_url)
            answer = ready.leads("run")
    finally:
        connections.write_text(before, encoding="utf-8")
    assert "Ann Lee" in answer.out
    assert answer.code == 0
    assert "other could not be read. connections.yaml says `connector: typeform`" in answer.err


def test_the_version_is_told(shell: Shell) -> None:
    told = shell.leads("--version")
    assert (told.code, told.out.startswith("leads 0.")) == (0, True)


def test_the_keys_of_the_list_are_a_contract(shell: Shell, day: Day) -> None:
    leads = {lead["external_id"]: lead for lead in listed(shell)}
    for lead in leads.values():
        assert set(lead) == LEAD_KEYS
        for action in lead["actions"]:
            assert set(action) == ACTION_KEYS
    lead, spam = leads["n1"], leads["s1"]
    assert (lead["status"], lead["reason"], lead["track"]) == ("done", None, "nurture")
    assert (lead["score_status"], lead["service"], lead["source"]) == ("scored", "bookkeeping", "inbox")
    assert (lead["email"], lead["name"]) == (LEAD["email"], LEAD["name"])
    assert 4 <= lead["score"] <= 7
    assert lead["rationale"]
    assert lead["playbook_version"]
    assert {action["action"] for action in lead["actions"]} == {"crm_contact", "draft", "sequence", "chat"}
    assert (spam["status"], spam["reason"], spam["score"], spam["actions"]) == (
        "quarantined",
        "spam",
        None,
        [],
    )


def test_the_list_can_be_narrowed(shell: Shell, day: Day) -> None:
    narrowed = listed(shell, "--status", "quarantined", "--last", "1")
    assert [lead["external_id"] for lead in narrowed] == ["s1"]


def test_a_terminal_that_knows_no_umlauts_gets_json_with_all_of_them(shell: Shell, day: Day) -> None:
    leads = json.loads(shell.having(PYTHONIOENCODING="ascii").program("list", "--json").out)
    assert LEAD["name"] in [lead["name"] for lead in leads]
    table = shell.having(PYTHONIOENCODING="ascii").program("list")
    assert table.code == 0
    assert "J\\xfcrgen Wei\\xdf" in table.out


def test_show_tells_the_whole_story_by_a_beginning_of_the_ref(shell: Shell, day: Day) -> None:
    answer = shell.leads("show", day.refs[0][2:8].lower())
    assert answer.code == 0, answer.err
    for told in (
        day.refs[0],
        "Jürgen Weiß",
        "received",
        "delivered 3 times",
        "run started",
        "decided",
        "chat done",
    ):
        assert told in answer.out
    assert '"message": "How does your bookkeeping' in answer.out, "the raw payload"


def test_show_says_of_one_that_was_set_aside_why_and_what_can_be_done(shell: Shell, day: Day) -> None:
    told = " ".join(shell.leads("show", day.refs[1]).out.split())
    assert "spam: Likely unwanted" in told
    assert f"Should it go on: `leads replay {day.refs[1]} --genuine`." in told


def test_show_as_json_holds_raw_payload_and_events_in_order(shell: Shell, day: Day) -> None:
    story = json.loads(shell.leads("show", day.refs[0], "--json").out)
    assert {"lead", "normalised", "decisions", "context", "events", "raw", "first_touch"} <= set(story)
    assert json.loads(story["raw"]) == LEAD
    times = [datetime.fromisoformat(event["at"]) for event in story["events"]]
    # what is done side by side has its time before its place, so milliseconds may be the wrong way round
    assert all(later > earlier - timedelta(seconds=1) for earlier, later in pairwise(times))


def test_a_reader_that_leaves_gets_no_complaint(shell: Shell, day: Day) -> None:
    for arguments in (["list", "--json"], ["list"]):
        process = shell.start(*arguments)
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        complaint = process.stderr.read().decode()
        process.stderr.close()
        assert process.wait(60) in (0, 1)
        assert complaint == ""


def test_other_content_under_the_same_id_is_told_and_nobody_is_lost(shell: Shell, day: Day) -> None:
    other = LEAD | {"name": "Ana Petek", "email": "ana@petek.example"}
    answer = shell.leads("submit", "-", stdin=json.dumps(other).encode())
    assert answer.out == (
        f"{day.refs[0]}  was here with other content; this is kept too. `leads list` shows what came of it\n"
    )
    leads = {lead["email"]: lead for lead in listed(shell) if lead["external_id"] == "n1"}
    assert set(leads) == {LEAD["email"], "ana@petek.example"}
    assert leads["ana@petek.example"]["status"] == "received"
    assert shell.leads("run").code == 0


def test_what_a_person_should_see_is_shown_until_they_have_seen_it(shell: Shell, day: Day) -> None:
    lead = LEAD | {"id": "n4", "email": "mia@rees-studio.example"}
    for message in (LEAD["message"], "We have moved: please send it to Bath."):
        assert shell.leads("submit", "-", stdin=json.dumps(lead | {"message": message}).encode()).code == 0
        assert shell.leads("run").code == 0
    ref, other = make_ref("inbox", "n4"), day.refs[1]
    (looked,) = listed(shell, "--look")
    assert (looked["ref"], looked["status"]) == (ref, "done")
    assert looked["attention"]
    for arguments in (["list", "--look"], ["show", ref]):
        assert looked["attention"] in shell.leads(*arguments).out
    doctor = shell.leads("doctor")
    assert (doctor.code, "which stops nothing: 1 lead." in doctor.out) == (0, True)
    seen = shell.leads("seen", ref[2:].lower(), other)
    assert (seen.code, seen.out) == (0, f"{ref}  seen\n{other}  had nothing to look at\n")
    assert shell.leads("list", "--look").out == "There are none of that kind.\n"
    assert "should see" not in shell.leads("doctor").out
    events = json.loads(shell.leads("show", ref, "--json").out)["events"]
    assert [event["event"] for event in events][-1] == "seen"
    assert shell.leads("seen", "L-2222222222").code == 1


def test_a_lead_that_waits_is_told_and_goes_on_as_soon_as_somebody_runs_again(shell: Shell, day: Day) -> None:
    server = sqlalchemy.create_engine(shell.environment["LEADS_DATABASE_URL"], poolclass=NullPool)
    with server.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE local_crm.notes RENAME TO elsewhere")
        connection.exec_driver_sql("DELETE FROM leads.connections")  # what another test has left
    lead = LEAD | {"id": "n2", "email": "ana@rees-studio.example"}
    try:
        assert shell.leads("submit", "-", stdin=json.dumps(lead).encode()).code == 0
        failed = shell.leads("run")
        with server.begin() as connection:  # away, and asked again only in a while
            connection.exec_driver_sql("ALTER TABLE local_crm.contacts RENAME TO gone")
        in_vain = shell.leads("run")
    finally:
        with server.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE local_crm.elsewhere RENAME TO notes")
            connection.exec_driver_sql("ALTER TABLE IF EXISTS local_crm.gone RENAME TO contacts")
    ref = make_ref("inbox", "n2")
    assert "Nothing can go on yet. Waiting: 1 lead for crm." in in_vain.out
    assert failed.code == 0
    assert "1 wait for something that passes" in failed.out
    assert "Traceback" not in failed.all
    assert "crm" in [one["waiting_for"] for one in listed(shell) if one["ref"] == ref]
    again = shell.leads("run")
    assert again.code == 0, again.err
    (line,) = (line for line in again.out.splitlines() if line.startswith("L-"))
    assert ref in line
    assert "done: " in line


def test_a_lead_that_needs_a_person_makes_run_exit_with_1_until_it_is_replayed(
    shell: Shell, day: Day
) -> None:
    server = sqlalchemy.create_engine(shell.environment["LEADS_DATABASE_URL"], poolclass=NullPool)
    with server.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE local_crm.notes RENAME TO elsewhere")
        connection.exec_driver_sql("DELETE FROM leads.connections")  # what another test has left
    lead = LEAD | {"id": "n3", "email": "eva@rees-studio.example"}
    try:
        assert shell.leads("submit", "-", stdin=json.dumps(lead).encode()).code == 0
        assert shell.leads("run").code == 0, "it waits"
        with server.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE leads.work SET waiting_since = now() - interval '4 days' WHERE state = 'waiting'"
            )
        failed = shell.leads("run")
    finally:
        with server.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE local_crm.elsewhere RENAME TO notes")
    ref = make_ref("inbox", "n3")
    assert failed.code == 1, failed.all
    assert f"1 need a person: {ref}" in failed.err
    replayed = shell.leads("replay", ref[:8])
    assert (replayed.code, ref in replayed.out) == (0, True)
    assert shell.leads("run").code == 0


def test_doctor_says_what_works(shell: Shell, day: Day) -> None:
    answer = shell.leads("doctor")
    assert answer.code == 0, answer.out
    for told in (
        "LEADS_HOME",
        str(shell.home),
        "PostgreSQL",
        "LEADS_DATABASE_URL",
        "playbook",
        "Takes JSON files",
    ):
        assert told in answer.out


def test_two_installations_with_the_embedded_server_never_meet(
    embedded: Shell, other_embedded: Shell, server_data: Path
) -> None:
    other_embedded.home.mkdir()
    copy_data(server_data, other_embedded.home / "postgres")
    assert embedded.leads("submit", "-", stdin=LINES).code == 0
    assert listed(other_embedded) == []
    assert [lead["external_id"] for lead in listed(embedded)] == ["s1", "n1"], "what was kept is still there"
    for each in (embedded, other_embedded):
        locks = {"postgres.lock", "postgres.users", "postgres.keeper"}
        kept = {path.name for path in each.home.iterdir()} - {"playbook.json"}  # where rules were read
        assert kept == {"dagster", "postgres", *locks}
        assert not (each.home / "postgres" / "postmaster.pid").exists(), "the server has stopped"
        assert not processes_of(each.home)


def processes_of(folder: Path) -> list[str]:
    """The command lines of living processes that name the folder."""
    found: list[str] = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


def test_a_person_says_whether_there_was_a_call(shell: Shell, day: Day) -> None:
    lead, spam = day.refs
    refused = shell.leads("called", lead, spam)
    assert refused.code == 1
    assert f"{spam} went down no track" in refused.err
    assert "call" not in {line["action"] for line in listed(shell)[0]["actions"]}, "not the other one either"
    yes = shell.leads("called", lead[:6])
    assert (yes.code, yes.out.split()[:2]) == (0, [lead, "noted:"])
    assert "a person says that it took place" in shell.leads("show", lead).out
    no = shell.leads("called", lead, "--no")
    assert (no.code, no.out.split(maxsplit=1)) == (0, [lead, "no call is logged\n"])
    assert "a person says that there was no call" in shell.leads("show", lead).out
