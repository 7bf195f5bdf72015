"""`leads import` as a person types it: what is printed, what is kept, what a second time does."""

import json
from pathlib import Path

import pytest

from orchestration_project.installation import WORKING_COPY
from orchestration_project_tests.cli.conftest import Shell

LINES = """Name;E-mail;When;Note
Anna Łukasik;anna@lukasik.example;24/11/2019;"Księgowość, „pilnie”
und eine zweite Zeile"
Bo Li;bo@li.example;31/02/2019;no such day
Carla;carla@acme.example;01/12/2019;ok;one cell too many
Dora;dora@acme.example;02/12/2019;
"""
MAPPING = ("--map", "email=E-mail", "--map", "submitted_at=When", "--map", "message=Note")


@pytest.fixture
def old_leads(tmp_path: Path) -> Path:
    file = tmp_path / "old leads.csv"
    file.write_text(LINES, encoding="utf-8")
    return file


def test_good_rows_are_stored_and_bad_ones_told_and_kept(shell: Shell, old_leads: Path) -> None:
    first = shell.leads("import", str(old_leads), *MAPPING, "--date-format", "%d/%m/%Y")
    assert first.code == 0, first.err
    assert "4 rows of old leads.csv: 2 imported, 0 were here already, 2 not taken." in first.out
    assert "line 4: " in first.out
    assert "line 5: " in first.out
    [told] = [line for line in first.out.splitlines() if line.startswith("They are kept in ")]
    kept = Path(told.removeprefix("They are kept in ").partition(".csv")[0] + ".csv").read_text(
        encoding="utf-8"
    )
    assert [file.name for file in old_leads.parent.iterdir()] == ["old leads.csv"]
    assert "Bo Li" in kept and "one cell too many" in kept

    again = shell.leads("import", str(old_leads), *MAPPING, "--date-format", "%d/%m/%Y")
    assert "4 rows of old leads.csv: 0 imported, 2 were here already, 2 not taken." in again.out

    leads = json.loads(shell.leads("list", "--json").out)
    assert [(lead["email"], lead["status"]) for lead in leads] == [
        ("dora@acme.example", "imported"),
        ("anna@lukasik.example", "imported"),
    ]


def test_a_date_that_no_field_takes_is_told_and_mending_it_makes_no_second_lead(
    shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "undated.csv"
    file.write_text("Mail;When\neve@acme.example;24~11~2019\nfay@acme.example;25~11~2019\n", encoding="utf-8")
    first = shell.leads("import", str(file))
    assert "2 have no date that can be read" in first.out
    assert "--map submitted_at=" in first.out and "Its columns are: Mail, When." in first.out
    mapping = ("--map", "email=Mail", "--map", "submitted_at=When")
    half = shell.leads("import", str(file), *mapping)
    assert "0 imported, 2 were here already." in half.out
    assert "2 have no date that can be read" in half.out, "without the format it is still no date"
    mended = shell.leads("import", str(file), *mapping, "--date-format", "%d~%m~%Y")
    assert "2 of those are read the new way from now on." in mended.out
    assert "no date" not in mended.out
    again = shell.leads("import", str(file), *mapping, "--date-format", "%d~%m~%Y")
    assert "read the new way" not in again.out
    leads = json.loads(shell.leads("list", "--json", "--source", "csv undated").out)
    assert [lead["email"] for lead in leads] == ["fay@acme.example", "eve@acme.example"]
    story = json.loads(shell.leads("show", leads[0]["ref"], "--json").out)
    came, named, dated = (event["detail"] for event in story["events"])
    assert came == "from csv undated"
    # each time it was taken in anew the day on which it had counted before is told
    for anew in (named, dated):
        assert anew.startswith("anew, read another way; it was dated ")


def test_a_mistyped_column_stores_nothing_and_lists_the_columns(shell: Shell, old_leads: Path) -> None:
    before = shell.leads("list", "--json").out
    wrong = shell.leads("import", str(old_leads), "--map", "email=Mail")
    assert wrong.code != 0
    assert "Its columns are: Name, E-mail, When, Note." in wrong.err
    assert "Traceback" not in wrong.all
    assert shell.leads("list", "--json").out == before


def test_a_mapping_file_is_taken_and_what_is_set_aside_is_told(shell: Shell) -> None:
    samples = WORKING_COPY / "samples"
    done = shell.leads("import", str(samples / "old_leads.csv"), "--mapping", str(samples / "old_leads.yaml"))
    assert done.code == 0, done.all
    assert "12 rows of old_leads.csv: 12 imported" in done.out
    assert "11 outcomes new, or other than before." in done.out
    assert "Set aside, since it became known later: Rating after call." in done.out
    wrong = shell.leads("import", str(samples / "old_leads.csv"), "--mapping", "nowhere.yaml")
    assert wrong.code == 1
    assert "This file is missing" in wrong.err


def test_a_list_without_people_is_refused_unless_a_mapping_file_says_what_it_is(
    shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "anonymous.csv"
    file.write_text("Number,Channel,Converted\n1,Google,1\n2,Olark Chat,0\n", encoding="utf-8")
    refused = shell.leads("import", str(file))
    assert refused.code == 1
    assert "No column of" in refused.err
    mapping = tmp_path / "anonymous.yaml"
    mapping.write_text(
        'fields: {id: Number, utm_source: Channel}\noutcome: {column: Converted, won: ["1"], lost: ["0"]}\n'
    )
    taken = shell.leads("import", str(file), "--mapping", str(mapping))
    assert taken.code == 0, taken.all
    assert "2 rows of anonymous.csv: 2 imported" in taken.out
    assert "2 outcomes new, or other than before." in taken.out
