"""`records:` of playbook.yaml: which system is right, and what is wrong with a line of it in words."""

from pathlib import Path

import pytest

from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import check_playbook, load_playbook
from orchestration_project.playbook.records import Records


def with_records(folder: Path, *lines: str) -> Path:
    path = folder / "playbook.yaml"
    told = "\n".join(["records:", *(f"  {line}" for line in lines)])
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{told}\n", encoding="utf-8")
    return folder


def test_without_a_line_the_usual_holds(folder: Path) -> None:
    assert load_playbook(folder, capabilities()).records == Records()


def test_a_line_names_a_kind_of_system_or_the_service_itself(folder: Path) -> None:
    connections = folder / "connections.yaml"
    told = connections.read_text(encoding="utf-8").replace(
        "crm: {connector: local}", "crm: {connector: hubspot}"
    )
    connections.write_text(told, encoding="utf-8")
    records = load_playbook(
        with_records(folder, "person: sequence", "phone: hubspot"), capabilities()
    ).records
    assert records == Records(person="sequence", phone="crm")


def test_the_example_in_the_playbook_is_right_and_says_what_holds_without_it(folder: Path) -> None:
    path = folder / "playbook.yaml"
    _, mark, example = path.read_text(encoding="utf-8").partition("# records:\n")
    lines = [line.removeprefix("#") for line in example.partition("\n\n")[0].splitlines()]
    assert mark and len(lines) > 3
    path.write_text(
        path.read_text(encoding="utf-8") + "\n" + "\n".join(["records:", *lines]), encoding="utf-8"
    )
    assert load_playbook(folder, capabilities()).records == Records()


@pytest.mark.parametrize(
    ("line", "what", "mend"),
    [
        (
            "person: pipedrive",
            "pipedrive is not connected; connections.yaml has local as `crm`",
            "person: crm",
        ),
        ("phone: sequence", "local (sequence) does not tell of a phone number", "form, crm"),
        ("meeting: crm", "local (crm) does not tell of a meeting", "calendar"),
        ("consent: mailbox", "there is no system `mailbox`", "mail"),
        ("deal_stage: form", "form does not tell of a deal's stage", "crm"),
        ("companies: crm", "There is no key `records.companies`", "company"),
        ("task: [crm]", "is no system", "crm"),
    ],
)
def test_a_wrong_line_is_told_with_its_place_and_its_mend(
    folder: Path, line: str, what: str, mend: str
) -> None:
    (mistake,) = check_playbook(with_records(folder, "owner: crm", line), capabilities())
    text = (folder / "playbook.yaml").read_text(encoding="utf-8").splitlines()
    assert mistake.line is not None and text[mistake.line - 1].strip() == line
    assert what in mistake.what and mend in mistake.mend
