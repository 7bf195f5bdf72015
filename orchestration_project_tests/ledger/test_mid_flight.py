"""The dump of a ledger in mid-flight is what it says of itself, and a newer version can read it."""

from pathlib import Path

import pytest
import sqlalchemy

from orchestration_project.connectors.crm import local_tables
from orchestration_project.ledger import tables
from orchestration_project.ledger.engine import migrate
from orchestration_project_tests.ledger import mid_flight
from orchestration_project_tests.ledger.test_migrations import differences


@pytest.fixture
def loaded(empty_database: sqlalchemy.Engine, tmp_path: Path) -> sqlalchemy.Engine:
    mid_flight.load(empty_database, tmp_path / "home")
    return empty_database


def rows(engine: sqlalchemy.Engine, statement: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def test_each_lead_is_in_the_state_that_is_told_of_it(loaded: sqlalchemy.Engine) -> None:
    found = rows(
        loaded, "SELECT ref, external_id, status FROM leads.work JOIN leads.submissions ON id = lead_id"
    )
    assert sorted(found) == sorted((lead.ref, lead.id, lead.status) for lead in mid_flight.LEADS)
    assert rows(loaded, "SELECT version_num FROM leads.migration") == [("0005",)]


def test_what_is_outside_belongs_to_it(loaded: sqlalchemy.Engine, tmp_path: Path) -> None:
    """Each receipt of a file names one that is there; and one file has no receipt of its own yet."""
    home = tmp_path / "home"
    receipts = rows(
        loaded, "SELECT ref, action, status, url FROM leads.receipts JOIN leads.submissions ON id = lead_id"
    )
    urls = {str(url) for _, _, _, url in receipts if url}
    there = {path.as_uri() for path in home.rglob("*")}
    assert urls
    assert urls <= there
    draft_begun = [ref for ref, action, status, _ in receipts if (action, status) == ("draft", "begun")]
    (saved,) = [path for path in home.rglob("*.eml") if path.as_uri() not in urls]
    assert [saved.name.split(" ")[0]] == draft_begun
    assert rows(loaded, "SELECT count(*) FROM local_crm.tasks") == [(4,)]
    assert home.as_uri() in (home / "chat.log").read_text()


def test_it_is_brought_to_what_the_tables_say(loaded: sqlalchemy.Engine) -> None:
    migrate(loaded)
    assert differences(loaded, tables.metadata) == []
    assert differences(loaded, local_tables.metadata) == []
    assert rows(loaded, "SELECT count(*) FROM leads.submissions") == [(len(mid_flight.LEADS),)]
