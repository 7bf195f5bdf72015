"""What the documents promise of connectors is held against the code: each has a row, each variable a line.

What a connector does is tested beside it; whether its page reads well, nobody can test.
"""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from orchestration_project.connectors import TABLES
from orchestration_project.connectors.base import connector_class
from orchestration_project.connectors.form_source.timed_form import Service
from orchestration_project.installation import WORKING_COPY

PAGES = WORKING_COPY / "docs" / "connectors"
CODE = WORKING_COPY / "orchestration_project" / "connectors"
EXAMPLE = (WORKING_COPY / ".env.example").read_text(encoding="utf-8")
VARIABLES = re.findall(r"^#([A-Z][A-Z0-9_]*)=", EXAMPLE, re.MULTILINE)
ROWS = {
    (row[1], row[2]): (row[3], row[4])
    for row in re.finditer(
        r"^\| (\w+) \| `(\w+)` \| (.+?) \| (.+?) \|$",
        (PAGES / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}
FORM_SERVICES = [
    service
    for name in TABLES["form_source"]
    if isinstance(
        service := getattr(connector_class("form_source", name, TABLES["form_source"]), "service", None),
        Service,
    )
]
READERS = {"setting", "secret", "base_url"}  # of connectors/settings.py
STANDS_FOR = {
    "prefix": ("CALDAV", "WEBDAV"),
    "directory": ("APOLLO", "PEOPLEDATALABS"),
    "variable": ("FORMS_SHOP",),
    "credential": tuple(service.credential for service in FORM_SERVICES),
    "service": tuple(service.name.upper() for service in FORM_SERVICES),
    "name": ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_REFRESH_TOKEN"),
}
"""Where a variable's name is put together: what that part of it can be. `FORMS_SHOP` is an example."""


def names_read(module: Path) -> Iterator[str]:
    """The variables whose names stand in calls that read one."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    constants = {
        target.id: (node.value.value,)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=reader), args=[_, name, *_]) if reader in READERS:
                yield from spelled(name, constants)
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="environment")), args=[name, *_]):
                yield from spelled(name, constants)
            case ast.Subscript(value=ast.Attribute(attr="environment"), slice=name):
                yield from spelled(name, constants)
            case _:
                pass


def spelled(name: ast.expr, constants: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    match name:
        case ast.Constant(value=str(text)):
            return (text,)
        case ast.Name(id=variable):
            return constants.get(variable) or STANDS_FOR[variable]
        case ast.JoinedStr(
            values=[ast.FormattedValue(value=ast.Name(id=part)), ast.Constant(value=str(rest))]
        ):
            return tuple(f"{start}{rest}" for start in STANDS_FOR[part])
        case _:
            raise AssertionError(f"a variable's name that this test cannot read: {ast.unparse(name)}")


READ = {name for module in CODE.rglob("*.py") if module.name != "settings.py" for name in names_read(module)}


def test_every_connector_has_a_row_in_the_table_and_every_row_a_connector() -> None:
    assert set(ROWS) == {(kind, name) for kind, table in TABLES.items() for name in table}


@pytest.mark.parametrize("connector", ROWS, ids="-".join)
def test_a_row_links_a_page_that_says_how_to_connect_it_unless_it_is_embedded(
    connector: tuple[str, str],
) -> None:
    service, found_again = ROWS[connector]
    assert found_again.strip()
    if service.startswith("embedded: "):
        return
    link = re.search(r"\]\((\S+\.md)\)$", service)
    assert link is not None, service
    page = (PAGES / link[1]).read_text(encoding="utf-8")
    assert f"connector: {connector[1]}" in page


@pytest.mark.parametrize("page", sorted(PAGES.glob("[!R]*.md")), ids=lambda page: page.stem)
def test_a_page_says_how_a_repetition_is_prevented_how_long_it_waits_and_what_the_exception_is(
    page: Path,
) -> None:
    _, _, section = page.read_text(encoding="utf-8").partition("\n## Exactly once\n")
    section = section.partition("\n## ")[0]
    if "writes nothing" in section or "Nothing is written" in section:
        return
    assert "90 seconds" in section or "repeated at once" in section
    assert "exception" in section


def test_every_variable_that_a_connector_reads_has_a_line_and_every_line_a_reader() -> None:
    assert {name for name in VARIABLES if not name.startswith(("LEADS_", "DAGSTER_"))} == READ
    assert len(READ) > 40


def test_every_variable_is_listed_once_beneath_a_line_that_says_what_it_is() -> None:
    assert len(VARIABLES) == len(set(VARIABLES))
    lines = EXAMPLE.splitlines()
    for before, line in pairwise(lines):
        if re.match(r"#[A-Z]", line):
            assert before.startswith("# ") and not before.startswith("# ---"), line


def test_no_variable_of_the_example_is_set_when_it_is_copied() -> None:
    assert [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")] == []
