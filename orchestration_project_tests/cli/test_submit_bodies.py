"""What a form's body is that `leads submit` takes, and that all who read a submission read the same in it."""

import json
from typing import Any

import pytest

from orchestration_project_tests.cli.conftest import Shell

BODIES = {
    "pretty": json.dumps({"id": "b1", "name": "Jo Bloggs", "email": "jo@acme.example"}, indent=2).encode(),
    "urlencoded": b"id=b2&name=Jo+Bloggs&email=jo%40acme.example&services%5B%5D=VAT&services%5B%5D=Payroll",
    "multipart": b"""--x\r
Content-Disposition: form-data; name="id"\r
\r
b3\r
--x\r
Content-Disposition: form-data; name="name"\r
\r
Jo Bloggs\r
--x\r
Content-Disposition: form-data; name="email"\r
\r
jo@acme.example\r
--x--\r
""",
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_is_taken_as_browsers_and_programs_send_it(shell: Shell, kind: str) -> None:
    lead = submitted(shell, BODIES[kind])
    assert (lead["name"], lead["email"]) == ("Jo Bloggs", "jo@acme.example")


def test_of_two_addresses_intake_and_the_run_read_the_same(shell: Shell) -> None:
    # a database that keeps objects its own way would put the shorter name first
    body = b'{"id": "b4", "work_email": "first@acme.example", "mail": "second@acme.example", "name": "Jo B"}'
    before = submitted(shell, body)
    assert shell.leads("run").code == 0
    after = shown(shell, before["ref"])
    assert before["email"] == after["email"] is not None
    assert after["status"] == "done"


def submitted(shell: Shell, body: bytes) -> dict[str, Any]:
    answer = shell.leads("submit", "-", "--json", stdin=body)
    assert answer.code == 0, answer.err
    [taken] = json.loads(answer.out)
    return shown(shell, taken["ref"])


def shown(shell: Shell, ref: str) -> dict[str, Any]:
    [lead] = [lead for lead in json.loads(shell.leads("list", "--json").out) if lead["ref"] == ref]
    return lead
