"""Every mistake a person makes ends in one readable message and exit code 1 or 2, never in a traceback.

The commands are run once; the tests look at their answers.
"""

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool

from orchestration_project.cli.view import err, out
from orchestration_project_tests.cli.conftest import Answer, Call, Shell

GOOD = b'{"id": "1", "email": "jane@acme.example"}\n'


@dataclass(frozen=True)
class Mistake:
    arguments: Sequence[str]
    says: str  # a regular expression for what is printed
    file: bytes | None = None  # what FILE in the arguments holds
    environment: dict[str, str] = field(default_factory=dict)  # HERE is the test's own folder
    code: int = 1


def database(url: str, says: str) -> Mistake:
    return Mistake(["list"], says, environment={"LEADS_DATABASE_URL": url})


def submitting(content: bytes, says: str) -> Mistake:
    return Mistake(["submit", "FILE"], says, file=content)


def importing(content: bytes, says: str) -> Mistake:
    return Mistake(["import", "FILE"], says, file=content)


MISTAKES = {
    "no such file": Mistake(["submit", "nowhere.jsonl"], r"nowhere\.jsonl cannot be read: No such file"),
    "a folder for a file": Mistake(["submit", "/tmp"], r"/tmp cannot be read: Is a directory"),
    "a file name that is no text": Mistake(["submit", "\udcff.jsonl"], r"cannot be read"),
    "a file with nothing in it": submitting(b"", r"holds no submission"),
    "a file of blank lines": submitting(b"\n \r\n\t\n", r"holds no submission"),
    "a binary file": submitting(
        bytes(range(256)) * 20, r"(?s)not JSON objects:.*line 3: not UTF-8.*and 11 more"
    ),
    "a text in UTF-16": submitting("{}\n{}".encode("utf-16"), r"line 1: not"),
    "a line that is no JSON": submitting(
        GOOD + b"\n{oops}\n" + GOOD, r"(?s)of its 3 lines.*line 3: Expecting"
    ),
    "a list for an object": submitting(GOOD + b'[{"id": "1"}]\n', r"line 2: a JSON list, not an object"),
    "a list with more than objects": submitting(b'[{"id": "1"}, 7]', r"element 2: a JSON int, not an object"),
    "an empty list": submitting(b"[]", r"holds no submission"),
    "a page of HTML": submitting(b"<html>\n</html>\n" * 20, r"(?s)line 1: .*and 30 more"),
    "a number with too many digits": submitting(b'{"id": ' + b"9" * 5000 + b"}", r"line 1: "),
    "JSON nested without end": submitting(b'{"a":' + b"[" * 100_000, r"line 1: "),
    "nothing on standard input": Mistake(["submit", "-"], r"standard input holds no submission"),
    "an e-mail address that is none": Mistake(
        ["crm", "change", "1", "--email", "ann"], r"'ann' is no e-mail address, and nothing was changed"
    ),
    "a PDF to import": importing(b"%PDF-1.7\n1 0 obj", r"is a PDF, and no list.*Export the leads as CSV"),
    "a page to import": importing(b"<!DOCTYPE html>\n<table>", r"is a page or XML, and no list"),
    "JSON to import": importing(GOOD, r"is JSON\. `leads submit "),
    "a list of JSON to import": importing(b'[\n {"email": "a@b.example"}\n]', r"is JSON\. `leads submit "),
    "nothing to import": importing(b" \n", r"is empty"),
    "a list without rows": importing(b"E-mail,Name\n", r"names its columns \(E-mail, Name\) and has no row"),
    "a list of nobody": importing(
        b"Colour,Size\nred,3\n", r"No column of .* Its columns are: Colour, Size\..*--map email="
    ),
    "submit without a file": Mistake(["submit"], r"Missing argument", code=2),
    "an unknown command": Mistake(["sumbit"], r"No such command", code=2),
    "a score that is none": Mistake(["list", "--score", "high"], r"--score high: write 8, 8\.\.10"),
    "a score beyond the scale": Mistake(["list", "--score", "8..11"], r"scores go from 0 to 10"),
    "a time that is none": Mistake(["list", "--since", "lately"], r"'lately' is no time\. Write today"),
    "two kinds of file": Mistake(["list", "--csv", "--json"], r"one of --csv and --json"),
    "replay without saying which": Mistake(["replay"], r"Name the leads, or say which"),
    "genuine spam": Mistake(["replay", "L-A", "--genuine", "--spam"], r"genuine or spam"),
    "a port that there is not": Mistake(["dev", "--port", "99999"], r"--port", code=2),
    "an unknown option": Mistake(["list", "--jsno"], r"No such option", code=2),
    "an unknown status": Mistake(
        ["list", "--status", "finished"], r"no status 'finished'; there are received, "
    ),
    "the last none": Mistake(["list", "--last", "0"], r"--last", code=2),
    "an unknown ref": Mistake(["show", "L-NOBODY"], r"No lead is called 'L-NOBODY'.*leads list"),
    "a ref that is no text": Mistake(["show", "\udcff"], r"No lead is called"),
    "an empty ref": Mistake(["show", ""], r"No lead is called ''"),
    "an unknown ref to replay": Mistake(["replay", "nobody"], r"No lead is called 'nobody'"),
    "no playbook to check": Mistake(["check-playbook", "/nowhere"], r"no playbook folder at /nowhere"),
    "no playbook to run with": Mistake(
        ["run"], r"no playbook folder at /nowhere", environment={"LEADS_PLAYBOOK": "/nowhere"}
    ),
    "a home that cannot be made": Mistake(
        ["list"], r"LEADS_HOME \(/proc/leads\) cannot be written", environment={"LEADS_HOME": "/proc/leads"}
    ),
    "a file for a home": Mistake(
        ["list"], r"LEADS_HOME .* cannot be written", file=b"", environment={"LEADS_HOME": "HERE/input"}
    ),
    "the home of nobody": Mistake(
        ["list"], r"LEADS_HOME begins with ~", environment={"LEADS_HOME": "~nobody-of-that-name/leads"}
    ),
    "an address that is none": database("nonsense", r"LEADS_DATABASE_URL is not a database address"),
    "a port that is none": database("postgresql://h:hunter2@h:port/x", r"is not a database address"),
    "another kind of database": database("sqlite:///leads.db", r"needs PostgreSQL"),
    "a database that is not there": database("SERVER/nowhere", r"does not answer.*nowhere.*does not exist"),
    "a server that is not there": database(
        "postgresql://u:hunter2@127.0.0.1:1/leads", r"The database does not answer.*[Rr]efused"
    ),
    "an option that is none": database(
        "postgresql://127.0.0.1:1/x?sslmod=on", r"The database refuses.*sslmod"
    ),
    "a user who may do nothing": database("WEAK", r"The database refuses.*permission denied"),
    "doctor without a database": Mistake(
        ["doctor"],
        r"(?s)database +broken +The database does not answer.*To mend: database",
        environment={"LEADS_DATABASE_URL": "postgresql://127.0.0.1:1/leads"},
    ),
    "doctor without a home": Mistake(
        ["doctor"],
        r"(?s)LEADS_HOME +broken +LEADS_HOME \(/proc/leads\) cannot.be.written.*To mend: LEADS_HOME\.",
        environment={"LEADS_HOME": "/proc/leads"},
    ),
    "doctor without the folder for Dagster's records": Mistake(
        ["doctor"],
        r"(?s)DAGSTER_HOME +broken +DAGSTER_HOME names /nowhere.*To mend: DAGSTER_HOME\.",
        environment={"DAGSTER_HOME": "/nowhere"},
    ),
    "doctor without a playbook": Mistake(
        ["doctor", "--json"],
        r'(?s)"what": "playbook",\s+"state": "broken".*no playbook folder at /nowhere.*To mend: playbook',
        environment={"LEADS_PLAYBOOK": "/nowhere"},
    ),
}

# file, what the owner did to it (None: took it away), and what is said, with file and line
PLAYBOOKS: dict[str, tuple[str, tuple[str, str] | None, str]] = {
    "two tracks of one name": (
        "playbook.yaml",
        ("  not_fit:\n", "  nurture:\n"),
        r"/playbook\.yaml:\d+: .*`tracks\.nurture`.* twice",
    ),
    "scores nobody catches": (
        "playbook.yaml",
        ("{from: 4, to: 7}", "{from: 5, to: 7}"),
        r"playbook\.yaml:\d+: .*score 4",
    ),
    "an unknown action": (
        "playbook.yaml",
        ("[crm_contact, task,", "[crm_contcat, task,"),
        r"playbook\.yaml:\d+: .*`crm_contact`",
    ),
    "an unknown connector": (
        "connections.yaml",
        ("chat: {connector: file}", "chat: {connector: slakc}"),
        r"connections\.yaml:\d+: ",
    ),
    "no YAML": ("playbook.yaml", ("autonomy: draft", "autonomy: [draft"), r"playbook\.yaml:\d+: "),
    "a tab for spaces": (
        "playbook.yaml",
        ("  name: Larkfield", "\tname: Larkfield"),
        r"playbook\.yaml:\d+: ",
    ),
    "a missing file": ("playbook.yaml", None, r"playbook\.yaml: .*Mend: "),
    "an empty file": ("ideal_customer.md", ("", ""), r"ideal_customer\.md: This file is empty"),
    "a template with an unknown name": (
        "drafts/nurture.md",
        ("{{", "{{ nobody }}{{"),
        r"drafts/nurture\.md:\d+: .*nobody",
    ),
    "a secret in a file": (
        "connections.yaml",
        ("ai: {connector: offline}", "ai: {connector: openai, api_key: sk-12345}"),
        r"connections\.yaml:\d+: ",
    ),
    "an unknown time zone": (
        "playbook.yaml",
        ("Europe/London", "Europe/Londno"),
        r"playbook\.yaml:\d+: .*Europe/London",
    ),
    "a track that nothing reaches": (
        "playbook.yaml",
        ("when: {score: {from: 4, to: 7}}", "when: {score: {from: 9}}"),
        r"playbook\.yaml:\d+: ",
    ),
}


@pytest.fixture(scope="module")
def answers(shell: Shell, postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Answer]:
    """What `leads` answers to each mistake."""
    urls = {"SERVER/nowhere": url_of(postgres, "nowhere"), "WEAK": weak_user(postgres)}
    here = tmp_path_factory.mktemp("mistakes")
    commands: dict[str, Call] = {}
    for name, mistake in MISTAKES.items():
        folder = here / re.sub(r"\W", "_", name)
        folder.mkdir()
        if mistake.file is not None:
            (folder / "input").write_bytes(mistake.file)
        own = {
            key: urls.get(value, value.replace("HERE", str(folder)))
            for key, value in mistake.environment.items()
        }
        arguments = [str(folder / "input") if word == "FILE" else word for word in mistake.arguments]
        commands[name] = Call(arguments, own)
    for name, (file, edit, _says) in PLAYBOOKS.items():
        folder = here / "spoiled" / re.sub(r"\W", "_", name) / "playbook"
        shutil.copytree(shell.playbook, folder)
        change(folder / file, edit)
        commands[name] = Call(["check-playbook", str(folder)])
    found = dict(zip(commands, shell.all([*commands.values()]), strict=True))
    assert found.keys() == MISTAKES.keys() | PLAYBOOKS.keys()
    return found.__getitem__


def change(path: Path, edit: tuple[str, str] | None) -> None:
    text = path.read_text(encoding="utf-8")
    if edit is None:
        path.unlink()
    elif edit == ("", ""):
        path.write_text("", encoding="utf-8")
    else:
        assert edit[0] in text
        path.write_text(text.replace(*edit, 1), encoding="utf-8")


def url_of(postgres: str, name: str, user: str | None = None) -> str:
    url = sqlalchemy.make_url(postgres).set(database=name)
    return (url.set(username=user) if user else url).render_as_string(hide_password=False)


def weak_user(postgres: str) -> str:
    admin = sqlalchemy.create_engine(postgres, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE ROLE weak LOGIN PASSWORD 'weak'")
        connection.exec_driver_sql("CREATE DATABASE shut")
    return (
        sqlalchemy.make_url(url_of(postgres, "shut", "weak"))
        .set(password="weak")
        .render_as_string(hide_password=False)
    )


def readable(answer: Answer) -> bool:
    return (
        "Traceback" not in answer.all
        and "Error:" not in answer.err
        and "hunter2" not in answer.all
        and 0 < len(answer.err.strip().splitlines()) <= 16
    )


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_ends_in_one_message(answers: Callable[[str], Answer], name: str) -> None:
    answer = answers(name)
    assert answer.code == MISTAKES[name].code, answer.all
    assert readable(answer), answer.all
    assert re.search(MISTAKES[name].says, answer.all), answer.all


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_broken_playbook_is_told_with_file_line_and_mend(
    answers: Callable[[str], Answer], name: str
) -> None:
    answer = answers(name)
    assert answer.code == 1, answer.all
    assert readable(answer), answer.all
    assert re.search(PLAYBOOKS[name][2], answer.out), answer.all
    assert "Mend: " in answer.out
    assert re.search(r"\d mistakes? in ", answer.err)
    assert "sk-12345" not in answer.all


def test_a_good_playbook_is_called_fine_with_version_and_tracks(shell: Shell) -> None:
    answer = shell.leads("check-playbook")
    assert answer.code == 0
    assert re.search(r"is fine\. Version [0-9a-f]{12}; tracks: priority, nurture, not_fit\.", answer.out)


def test_nothing_of_a_file_with_a_mistake_is_taken(shell: Shell, answers: Callable[[str], Answer]) -> None:
    answers("a line that is no JSON")
    assert not [line for line in shell.leads("list").out.splitlines() if "jane@acme.example" in line]


def test_standard_input_that_is_closed_is_told_in_words(shell: Shell) -> None:
    answer = shell.program("submit", "-", before=("sh", "-c", 'exec "$0" "$@" <&-'))
    assert answer.code == 1
    assert readable(answer), answer.all
    assert "Standard input is closed" in answer.err


def test_the_number_of_a_line_stays_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    for console in (out, err):
        console.print("playbook.yaml:100: two mistakes", markup=False)
    captured = capsys.readouterr()
    assert captured.out == captured.err == "playbook.yaml:100: two mistakes\n"
