"""`leads import`: history is stored once, does not act, and bad rows are kept."""

from pathlib import Path

import pytest

from orchestration_project.cli.import_csv import (
    columns_by_field,
    import_rows,
    rejected_file,
    write_rejected,
)
from orchestration_project.cli.session import Session
from orchestration_project.connectors.form_source.csv_file import open_csv
from orchestration_project.errors import LeadsError
from orchestration_project.installation import locate
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.imports import Imports
from orchestration_project.model import Delivery
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests.conftest import HandClock

COLUMNS = {"email": "E-mail", "submitted_at": "When"}


@pytest.fixture
def desk(ledger: Ledger) -> Session:
    return Session(locate({}), ledger)


def old_file(folder: Path, rows: int, extra: str = "") -> Path:
    path = folder / "old.csv"
    lines = [f"p{number}@acme.example,2019-01-{number % 28 + 1:02}" for number in range(rows)]
    path.write_text("E-mail,When\n" + "\n".join(lines) + "\n" + extra, encoding="utf-8")
    return path


def run(desk: Session, path: Path) -> tuple[int, int, int]:
    done = import_rows(desk, open_csv(path), COLUMNS, "csv old", None, lambda _read: None)
    return done.new, done.known, len(done.rejected)


def test_a_file_is_stored_once_and_no_run_takes_it(desk: Session, tmp_path: Path) -> None:
    path = old_file(tmp_path, 1200, extra="broken\n")
    assert run(desk, path) == (1200, 0, 1)
    assert run(desk, path) == (0, 1200, 1)
    assert desk.ledger.stories.count() == {"imported": 1200}
    assert desk.ledger.claims.claim(max_leads=25, max_runs=10) == ()
    assert desk.ledger.claims.seconds_until_claimable() is None


def test_an_import_that_was_broken_off_goes_on(desk: Session, tmp_path: Path) -> None:
    run(desk, old_file(tmp_path, 700))
    assert run(desk, old_file(tmp_path, 1000)) == (300, 700, 0)


def test_a_lead_of_history_is_dated_as_the_file_says(desk: Session, tmp_path: Path) -> None:
    run(desk, old_file(tmp_path, 1))
    [lead] = desk.ledger.stories.list_leads(status="imported")
    assert lead.source == "csv old"
    assert [event.event for event in desk.ledger.stories.tell(lead.ref).events] == ["imported"]


def test_replay_makes_one_wait_for_a_run_and_release_all(
    desk: Session, tmp_path: Path, clock: HandClock
) -> None:
    path = old_file(tmp_path, 5)
    done = import_rows(desk, open_csv(path), COLUMNS, "csv old", None, lambda _read: None)
    desk.ledger.outcomes.replay([done.refs[0]])
    assert desk.ledger.stories.count() == {"imported": 4, "received": 1}
    assert Imports(desk.ledger.engine, clock).release(done.refs) == 4
    assert desk.ledger.stories.count() == {"received": 5}


def test_a_new_lead_is_no_duplicate_of_an_imported_one(desk: Session, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("E-mail,When\nann@acme.example,\n", encoding="utf-8")
    run(desk, path)
    playbook = load_playbook(desk.installation.playbook, capabilities())
    [stored] = take_in(
        desk.ledger, playbook, "inbox", [Delivery(external_id="1", raw=b'{"email": "ann@acme.example"}')]
    )
    window = playbook.limits.duplicate_window
    assert desk.ledger.people.earlier_lead(stored.ref, "ann@acme.example", window) is None


def test_bad_rows_are_kept_beside_the_file_with_their_line_numbers(tmp_path: Path) -> None:
    path = old_file(tmp_path, 1, extra="a,b,c\n")
    csv_file = open_csv(path)
    bad = [row for row, _read in csv_file.rows(COLUMNS) if not hasattr(row, "delivery")]
    write_rejected(rejected_file(path), csv_file, bad)  # type: ignore[arg-type]
    kept = (tmp_path / "old.rejected.csv").read_text(encoding="utf-8").splitlines()
    assert kept == [
        "line,what is wrong,E-mail,When",
        '3,"it has 3 cells, and the header has 2",a,b,c',
    ]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("emial=E-mail", "Did you mean email"),
        ("email", "FIELD="),
        ("email=Mail", "E-mail, When"),
    ],
)
def test_a_wrong_mapping_says_what_there_is(tmp_path: Path, mapping: str, told: str) -> None:
    with pytest.raises(LeadsError) as caught:
        columns_by_field([mapping], open_csv(old_file(tmp_path, 1)))
    assert told in str(caught.value)


def test_a_field_is_mapped_once(tmp_path: Path) -> None:
    with pytest.raises(LeadsError, match="once"):
        columns_by_field(["email=E-mail", "email=When"], open_csv(old_file(tmp_path, 1)))
