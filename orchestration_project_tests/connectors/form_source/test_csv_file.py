"""Reading a CSV file of old leads: however it is written, whatever stands in it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.form_source.csv_file import BadRow, GoodRow, open_csv
from orchestration_project.errors import LeadsError

HEADER = "E-mail,Name,Wish\n"


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "old.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(path: Path, date_format: str | None = None, **columns: str) -> list[GoodRow | BadRow]:
    return [row for row, _read in open_csv(path).rows(columns, date_format)]


def payloads(path: Path, **columns: str) -> list[Any]:
    return [json.loads(row.delivery.raw) for row in rows(path, **columns) if isinstance(row, GoodRow)]


def test_a_mapped_column_is_its_field_and_others_keep_their_names(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "a@b.example,Ann,Books\n")
    assert payloads(path, email="E-mail") == [{"email": "a@b.example", "Name": "Ann", "Wish": "Books"}]


def test_a_column_that_bears_the_name_of_a_mapped_field_gives_way(tmp_path: Path) -> None:
    path = write(tmp_path, "email,E-mail\nold@b.example,new@b.example\n")
    assert payloads(path, email="E-mail") == [{"column email": "old@b.example", "email": "new@b.example"}]


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    path = write(tmp_path, "Name,Name,\nAnn,Lee,x\n")
    assert payloads(path) == [{"Name (1)": "Ann", "Name (2)": "Lee", "column (3)": "x"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiter_and_encoding_are_found_out(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = f'Name{delimiter}"Wish, or so"\r\nZoë Müller{delimiter}"Für uns: a;b,c|d\té – ja"\r\n' * 1
    path = write(tmp_path, text.encode(encoding))
    assert payloads(path) == [{"Name": "Zoë Müller", "Wish, or so": "Für uns: a;b,c|d\té – ja"}]


def test_line_breaks_within_a_cell_stay_and_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + 'a@b.example,Ann,"one\ntwo"\n\nb@b.example,Ben\n')
    good, bad = rows(path)
    assert isinstance(good, GoodRow)
    assert json.loads(good.delivery.raw)["Wish"] == "one\ntwo"
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.cells) == (5, ("b@b.example", "Ben"))
    assert bad.why == "it has 2 cells, and the header has 3"


def test_the_same_row_has_the_same_id_and_another_row_has_not(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "a,b,c\na,b,c\nab,,c\n")
    ids = [row.delivery.external_id for row in rows(path) if isinstance(row, GoodRow)]
    again = [row.delivery.external_id for row in rows(path, email="Name") if isinstance(row, GoodRow)]
    assert ids == again
    assert len(set(ids)) == 2


def test_an_id_column_is_the_id_and_a_row_without_one_is_bad(tmp_path: Path) -> None:
    path = write(tmp_path, "Key,Name\n7,Ann\n,Ben\n")
    good, bad = rows(path, id="Key")
    assert isinstance(good, GoodRow)
    assert good.delivery.external_id == "7"
    assert isinstance(bad, BadRow)
    assert "Key" in bad.why


def test_dates_are_read_as_the_person_says(tmp_path: Path) -> None:
    path = write(tmp_path, "When,Name\n24/11/2019,Ann\n2019-11-24,Ben\n,Cy\n")
    ann, ben, cy = rows(path, "%d/%m/%Y", submitted_at="When")
    assert isinstance(ann, GoodRow)
    assert json.loads(ann.delivery.raw)["submitted_at"] == "2019-11-24T00:00:00+00:00"
    assert isinstance(ben, BadRow)
    assert isinstance(cy, GoodRow)


@pytest.mark.parametrize("content", ["", "\n", b"\xef\xbb\xbf", ",,\n1,2,3\n"])
def test_a_file_without_a_header_is_refused(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(LeadsError, match="first line"):
        open_csv(write(tmp_path, content))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LeadsError, match=r"nowhere\.csv cannot be read"):
        open_csv(tmp_path / "nowhere.csv")


def test_a_real_export_of_9240_leads_is_read_whole(shared: Path) -> None:
    path = shared / "data" / "x_education" / "Leads.csv"
    if not path.exists():
        pytest.skip("the reference data x_education is not there")
    found = rows(path, id="Prospect ID")
    assert len(found) == 9240
    assert all(isinstance(row, GoodRow) for row in found)


@settings(max_examples=100, deadline=None)
@given(cell=st.text(st.characters(codec="utf-8", exclude_characters="\r")))
def test_whatever_stands_in_a_cell_survives(tmp_path_factory: pytest.TempPathFactory, cell: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("Name", "Wish"), ("Ann", cell)])
    path = write(tmp_path_factory.mktemp("csv"), text.getvalue())
    assert payloads(path) == [{"Name": "Ann", "Wish": cell}]


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300))
def test_no_file_whatsoever_breaks_the_import(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("csv"), HEADER.encode() + content)
    for row in rows(path):
        assert row.line >= 1
