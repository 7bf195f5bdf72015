"""Reading a CSV file of old leads: however it is written, whatever stands in it."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.form_source.csv_file import BadRow, GoodRow, open_csv
from orchestration_project.errors import LeadsError

HEADER = "E-mail,Name,Wish\n"
_OPC = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


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


def test_a_file_in_utf_16_is_said_to_be_that(tmp_path: Path) -> None:
    csv_file = open_csv(write(tmp_path, "Name,Wish\nZoë,books\n".encode("utf-16")))
    assert len(list(csv_file.rows({}))) == 1
    assert csv_file.remarks == ("Read as UTF-16.",)


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


@settings(max_examples=100)
@given(cell=st.text(st.characters(codec="utf-8", exclude_characters="\r")))
def test_whatever_stands_in_a_cell_survives(tmp_path_factory: pytest.TempPathFactory, cell: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("Name", "Wish"), ("Ann", cell)])
    path = write(tmp_path_factory.mktemp("csv"), text.getvalue())
    assert payloads(path) == [{"Name": "Ann", "Wish": cell}]


@settings(max_examples=100)
@given(content=st.binary(max_size=300))
def test_no_file_whatsoever_breaks_the_import(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("csv"), HEADER.encode() + content)
    for row in rows(path):
        assert row.line >= 1


def whys(path: Path, encoding: str | None = None) -> list[tuple[int, str]]:
    csv_file = open_csv(path, encoding)
    return [(row.line, row.why if isinstance(row, BadRow) else "") for row, _read in csv_file.rows({})]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like(tmp_path: Path, end: str) -> None:
    path = write(
        tmp_path, end.join(["E-mail,Name,Wish", "a@b.example,Ann,Books", 'b@b.example,Ben,"a', 'b"', ""])
    )
    assert payloads(path) == [
        {"E-mail": "a@b.example", "Name": "Ann", "Wish": "Books"},
        {"E-mail": "b@b.example", "Name": "Ben", "Wish": f"a{end}b"},
    ]


def test_one_line_in_the_old_code_page_garbles_no_other_and_is_told(tmp_path: Path) -> None:
    utf_8 = [f"{number}@b.example,Zoë Müller,é" for number in range(50)]
    lines = [line.encode() for line in (HEADER.strip(), *utf_8)]
    lines.insert(7, "x@b.example,Anna Müller,–".encode("cp1252"))
    path = write(tmp_path, b"\n".join(lines))
    names = [payload["Name"] for payload in payloads(path)]
    assert (names.count("Zoë Müller"), names.count("Anna Müller")) == (50, 1)
    (said,) = open_csv(path).remarks
    assert "1 line(s)" in said
    assert "Windows-1252" in said
    assert "line 8" in said


def test_a_file_of_one_name_in_the_old_code_page_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, (HEADER + "a@b.example,Anna Müller,x\n").encode("cp1252"))
    assert payloads(path)[0]["Name"] == "Anna Müller"


def test_an_encoding_that_is_stated_is_used(tmp_path: Path) -> None:
    path = write(tmp_path, (HEADER + "a@b.example,Łukasz,ż\n").encode("cp1250"))
    csv_file = open_csv(path, "cp1250")
    ((row, _read),) = csv_file.rows({})
    assert isinstance(row, GoodRow)
    assert json.loads(row.delivery.raw)["Name"] == "Łukasz"
    assert csv_file.remarks == ("Read as cp1250, as you say.",)
    with pytest.raises(LeadsError, match="no such encoding"):
        open_csv(path, "klingon")


def test_a_quote_that_is_never_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER + 'a@b.example,Ann,x\nb@b.example,"Ben,y\nc@b.example,Cy,z\nd@b.example,"D, E",5" pipe\n',
    )
    assert whys(path) == [(2, ""), (3, "a quote in it is never closed"), (4, ""), (5, "")]


def test_a_cell_too_many_and_one_too_few_are_told_with_their_line(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "a@b.example,Ann,x,\nb@b.example,Ben,y,z\nc@b.example,Cy\n")
    assert whys(path) == [
        (2, ""),
        (3, "it has 4 cells, and the header has 3"),
        (4, "it has 2 cells, and the header has 3"),
    ]


def test_a_sep_line_says_the_delimiter(tmp_path: Path) -> None:
    path = write(tmp_path, "sep=;\r\nE-mail;Name, or so\r\na@b.example;Ann, Lee\r\n")
    assert payloads(path) == [{"E-mail": "a@b.example", "Name, or so": "Ann, Lee"}]
    assert [row.line for row in rows(path)] == [3]


@pytest.mark.parametrize(
    "title", ["Leads of 2026\n", "Leads of 2026,,\n\n", "Leads\nExported on 1 May 2026\n"]
)
def test_a_title_above_the_header_is_left_out_and_told(tmp_path: Path, title: str) -> None:
    path = write(tmp_path, title + HEADER + "a@b.example,Ann,x\nb@b.example,Ben,y\n")
    assert [payload["Name"] for payload in payloads(path)] == ["Ann", "Ben"]
    assert any("above the names of the columns" in remark for remark in open_csv(path).remarks)
    assert rows(path)[0].line == title.count("\n") + 2


def test_two_columns_of_one_name_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, "Phone,Phone,Name\n1,2,Ann\n")
    assert any("called Phone" in remark for remark in open_csv(path).remarks)


def test_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.xlsx"
    path.write_bytes(workbook([["Leads"], ["E-mail", "Name", "Staff"], ["a@b.example", "Zoë", 12]]))
    assert payloads(path) == [{"E-mail": "a@b.example", "Name": "Zoë", "Staff": "12"}]
    assert [row.line for row in rows(path)] == [3]
    path.write_bytes(b"no spreadsheet")
    with pytest.raises(LeadsError, match="cannot be read as a spreadsheet"):
        open_csv(path)


def workbook(table: list[list[str | int]]) -> bytes:
    """The least that is an .xlsx file: a zip of four XML parts."""
    cells = "".join(
        "<row>"
        + "".join(
            f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
            if isinstance(cell, str)
            else f"<c><v>{cell}</v></c>"
            for cell in row
        )
        + "</row>"
        for row in table
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_OPC}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_OPC}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_OPC}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>',
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{part}')
    return packed.getvalue()


@settings(max_examples=100)
@given(content=st.text('",\n\r ab=', max_size=120))
def test_every_line_is_in_a_row_or_in_a_rejected_one(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    path = write(tmp_path_factory.mktemp("csv"), HEADER + content)
    said = "".join(
        "".join(row.cells) if isinstance(row, BadRow) else "".join(json.loads(row.delivery.raw).values())
        for row in rows(path)
    )
    assert sorted(filter(str.isalpha, said)) == sorted(filter(str.isalpha, content))


@pytest.mark.parametrize("end", ['c@b.example,Cy,"z"\n', 'c@b.example,Cy,z"\n'])
def test_a_quote_that_a_later_row_closes_swallows_none_between(tmp_path: Path, end: str) -> None:
    path = write(tmp_path, HEADER + 'a@b.example,Ann,"x\nb@b.example,Ben,y\n' + end + "d@b.example,Di,w\n")
    assert whys(path) == [(2, "a quote in it is never closed"), (3, ""), (4, ""), (5, "")]


def test_lines_in_a_cell_stay_in_it_however_many_commas_they_have(tmp_path: Path) -> None:
    note = "Hello, yes, please\nwrite to me, and to Ben, or call"
    path = write(tmp_path, HEADER + f'a@b.example,Ann,"{note}"\nb@b.example,Ben,y\n')
    assert [payload["Wish"] for payload in payloads(path)] == [note, "y"]


def test_quotes_behind_a_backslash_and_blanks_around_quotes_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, '"E-mail" , "Name" , "Wish"\n"a@b.example" , "Ann \\"Annie\\" Lee" , "x, y"\n')
    (payload,) = payloads(path)
    assert {key: value.strip() for key, value in payload.items()} == {
        "E-mail": "a@b.example",
        "Name": 'Ann "Annie" Lee',
        "Wish": "x, y",
    }


def test_names_of_columns_in_the_midst_of_the_rows_are_no_lead(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "a@b.example,Ann,x\n" + HEADER + "b@b.example,Ben,y\n")
    assert whys(path) == [(2, ""), (3, "it repeats the names of the columns"), (4, "")]
    path = write(tmp_path, HEADER + "a@b.example,Ann,x\n" + HEADER.upper())
    assert whys(path) == [(2, ""), (3, "it repeats the names of the columns")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_that_does_not_say_so_is_read(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, (HEADER + "a@b.example,Łukasz,ż\n").encode(encoding))
    assert payloads(path)[0]["Name"] == "Łukasz"
    assert open_csv(path).remarks == ("Read as UTF-16.",)


@pytest.mark.parametrize("header", ["Jo Bloggs,jo@acme.example,Hello", "jo@acme.example"])
def test_a_first_line_that_is_a_lead_is_not_lost_as_names_of_columns(tmp_path: Path, header: str) -> None:
    with pytest.raises(LeadsError, match="it is a lead"):
        open_csv(write(tmp_path, f"{header}\nAnn Lee,ann@acme.example,Hi\n"))


def test_text_under_the_name_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    path.write_text("Name\tE-mail\nJo\ta@b.example\n")
    assert payloads(path) == [{"Name": "Jo", "E-mail": "a@b.example"}]
    path = write(tmp_path, workbook([["Name", "E-mail"], ["Jo", "a@b.example"]]))
    assert payloads(path) == [{"Name": "Jo", "E-mail": "a@b.example"}]


def test_what_a_spreadsheet_puts_around_the_rows_costs_none(tmp_path: Path) -> None:
    text = (
        'Export date,2026-11-24\nName,E-mail,Wish,,\nJo,a@b.example,"=""0740""",,\nAnn,b@b.example,Hi\n\x1a'
    )
    assert [payload["Wish"] for payload in payloads(write(tmp_path, text))] == ["0740", "Hi"]
    assert not [row for row in rows(tmp_path / "old.csv") if isinstance(row, BadRow)]


def test_letters_that_an_earlier_program_read_wrongly_are_told(tmp_path: Path) -> None:
    [says] = open_csv(write(tmp_path, HEADER + "a@b.example,MÃ¼ller,Itâ€™s late\n")).remarks
    assert "1 line(s) in it hold signs" in says
    assert open_csv(write(tmp_path, HEADER + "a@b.example,João Ângela,Ça va\n")).remarks == (
        "Read as UTF-8.",
    )
