"""`leads import`: history is stored once, does not act, and bad rows are kept."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from orchestration_project.cli.import_report import rejected_file, write_rejected
from orchestration_project.cli.import_rows import Imported, columns_by_field, import_rows
from orchestration_project.cli.session import Session
from orchestration_project.connectors.form_source.csv_file import open_csv
from orchestration_project.connectors.form_source.csv_mapping import read_mapping
from orchestration_project.decision.prompt import build_question
from orchestration_project.errors import LeadsError
from orchestration_project.installation import WORKING_COPY, locate
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger, tables
from orchestration_project.ledger.imports import Imports, OldSubmission
from orchestration_project.model import Context, Delivery, Lead
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests.hand_clock import HandClock

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


def test_the_same_rows_under_another_source_are_told(desk: Session, tmp_path: Path) -> None:
    path = old_file(tmp_path, 3)
    told = [
        import_rows(desk, open_csv(path), COLUMNS, source, None, lambda _read: None).elsewhere
        for source in ("csv old", "csv old", "fair", "fair")
    ]
    assert told == [(), (), ("csv old",), ()]


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
    desk.ledger.by_hand.replay([done.refs[0]])
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
    (met,) = desk.ledger.people.perhaps_the_same([stored.ref])[stored.ref]
    assert not met.stands


def test_rows_that_were_not_taken_can_be_put_right_and_imported(desk: Session, tmp_path: Path) -> None:
    path = old_file(tmp_path, 1, extra="b@acme.example,2019-02-01,c\n")
    csv_file = open_csv(path)
    done = import_rows(desk, csv_file, COLUMNS, "csv old", None, lambda _read: None)
    kept = rejected_file(tmp_path / "home", "csv old")
    write_rejected(kept, csv_file, done.rejected)
    told = '"it has 3 cells, and the header has 2"'
    assert kept.read_text(encoding="utf-8").splitlines() == [
        "line,what is wrong,E-mail,When",
        f"3,{told},b@acme.example,2019-02-01,c",
    ]

    kept.write_text(kept.read_text(encoding="utf-8").replace(",c\n", "\n"), encoding="utf-8")
    assert run(desk, kept) == (1, 0, 0)
    path.write_text("E-mail,When\nb@acme.example,2019-02-01\n", encoding="utf-8")
    assert run(desk, path) == (0, 1, 0)  # it is the lead that the file itself would have brought


def test_each_row_is_in_one_number_and_two_of_one_id_are_never_one(desk: Session, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    lines = ["7,ann@acme.example", "7,bob@acme.example", "8,eve@acme.example", "8,eve@acme.example", ",x"]
    path.write_text("Key,E-mail\n" + "\n".join(lines) + "\n", encoding="utf-8")
    columns = {"id": "Key", "email": "E-mail"}
    done = import_rows(desk, open_csv(path), columns, "csv old", None, lambda _read: None)
    assert (done.in_all, done.new, done.known, done.twice, len(done.rejected)) == (5, 2, 0, 1, 2)
    assert done.rejected[0].why == "its id is that of line 2, which says something else"


def test_a_sum_that_is_wrong_is_said(desk: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_less(_imports: Imports, _source: str, olds: Sequence[OldSubmission]) -> int:
        return len(olds) - 1

    monkeypatch.setattr(Imports, "here", one_less)
    with pytest.raises(LeadsError, match="the sum is wrong"):
        run(desk, old_file(tmp_path, 3))


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


SAMPLES = WORKING_COPY / "samples"


def import_samples(desk: Session, file: Path, source: str = "book") -> Imported:
    csv_file = open_csv(file)
    mapping = read_mapping(SAMPLES / "old_leads.yaml", csv_file)
    return import_rows(
        desk, csv_file, mapping.fields, source, mapping.date_format, lambda _read: None, mapping
    )


def outcomes(ledger: Ledger) -> list[tuple[str, str, str | None]]:
    table = tables.outcomes
    with ledger.engine.connect() as connection:
        rows = connection.execute(select(table).order_by(table.c.lead_id)).all()
    return [
        (row.outcome, f"{row.at:%Y-%m-%d}", row.value and f"{row.value:f} {row.currency}") for row in rows
    ]


def test_outcomes_come_with_the_leads_and_a_newer_file_brings_newer_ones(
    desk: Session, tmp_path: Path
) -> None:
    done = import_samples(desk, SAMPLES / "old_leads.csv")
    assert (done.new, done.outcomes, done.with_later, done.rejected) == (12, 11, 0, ())
    assert outcomes(desk.ledger)[:2] == [("won", "2024-01-19", "6000 GBP"), ("lost", "2024-01-12", None)]
    assert len(outcomes(desk.ledger)) == 11

    newer = tmp_path / "old_leads.csv"
    text = (SAMPLES / "old_leads.csv").read_text(encoding="utf-8")
    newer.write_text(
        text.replace("Word of mouth;;;;", "Word of mouth;A;Order;02/05/2024;7200"), encoding="utf-8"
    )
    done = import_samples(desk, newer)
    assert (done.new, done.known, done.outcomes) == (0, 12, 1)
    assert outcomes(desk.ledger)[-2] == ("won", "2024-05-02", "7200 GBP")


def test_an_outcome_without_a_date_is_dated_like_its_lead(desk: Session, tmp_path: Path) -> None:
    file = tmp_path / "old_leads.csv"
    text = (SAMPLES / "old_leads.csv").read_text(encoding="utf-8")
    file.write_text(text.replace("Order;19/01/2024;6,000", "Order;;"), encoding="utf-8")
    import_samples(desk, file)
    assert outcomes(desk.ledger)[0] == ("won", "2024-01-08", None)


def test_what_became_known_later_reaches_neither_scorer_nor_model(desk: Session) -> None:
    done = import_samples(desk, SAMPLES / "old_leads.csv")
    playbook = load_playbook(desk.installation.playbook, capabilities())
    contexts = desk.ledger.facts.read(Context, done.refs)
    assert len(contexts) == 12
    for context in contexts.values():
        asked = build_question(context, playbook).user + context.model_dump_json()
        assert not any(word in asked for word in ("Rating", "Result", "No order", "Closed on", "Order value"))


def without_mapping(desk: Session, source: str = "book") -> Imported:
    file = open_csv(SAMPLES / "old_leads.csv")
    return import_rows(desk, file, {"id": "Enquiry"}, source, None, lambda _read: None)


def test_leads_imported_before_without_the_mapping_are_read_anew_without_what_came_later(
    desk: Session,
) -> None:
    refs = without_mapping(desk).refs
    done = import_samples(desk, SAMPLES / "old_leads.csv")
    assert (done.new, done.corrected, done.with_later) == (0, 12, 0)
    for context in desk.ledger.facts.read(Context, refs).values():
        assert "Rating after call" not in context.lead.extra


def test_those_that_somebody_has_acted_on_since_are_told_to_know_too_much(desk: Session) -> None:
    Imports(desk.ledger.engine, desk.ledger.clock).release(without_mapping(desk).refs)
    done = import_samples(desk, SAMPLES / "old_leads.csv")
    assert (done.new, done.corrected, done.with_later) == (0, 0, 12)
    assert import_samples(desk, SAMPLES / "old_leads.csv", source="book, once more").with_later == 0


def again(desk: Session, folder: Path, *rows: str, columns: str = "E-mail,When,Message,Colour") -> Imported:
    path = folder / "anew.csv"
    path.write_text("\n".join((columns, *rows)) + "\n", encoding="utf-8")
    named = {"email": "E-mail", "submitted_at": "When", "message": "Message"}
    columns_of = {field: column for field, column in named.items() if column in columns}
    return import_rows(desk, open_csv(path), columns_of, "csv anew", None, lambda _read: None)


ANN = "ann@acme.example,2025-03-04,Payroll for 20,red"


@pytest.mark.parametrize(
    "mended",
    [
        "ann@acme.example,2025-04-03,Payroll for 20,red",
        "Ann@Acme.example,2025-03-04, payroll  for 20,red",
        "ann@acme.example,2025-03-04,Payroll for 20,blue",
    ],
)
def test_a_mended_cell_of_a_row_without_an_id_is_the_same_lead(
    desk: Session, tmp_path: Path, mended: str
) -> None:
    first = again(desk, tmp_path, ANN, "bob@acme.example,2025-03-04,Payroll for 20,red")
    second = again(desk, tmp_path, mended, "bob@acme.example,2025-03-04,Payroll for 20,red")
    assert (second.new, second.known, second.changed, second.corrected) == (0, 2, 1, 1)
    assert set(second.refs) == set(first.refs)
    third = again(desk, tmp_path, mended, "bob@acme.example,2025-03-04,Payroll for 20,red")
    assert (third.new, third.known, third.corrected) == (0, 2, 0)
    assert desk.ledger.stories.count() == {"imported": 2}


def test_a_date_that_could_not_be_read_and_is_mended_dates_the_lead_that_is_here(
    desk: Session, tmp_path: Path
) -> None:
    (ref,) = again(desk, tmp_path, "ann@acme.example,someday", columns="E-mail,When").refs
    mended = again(desk, tmp_path, "ann@acme.example,2025-03-04", columns="E-mail,When")
    assert (mended.refs, mended.changed, mended.undated) == ((ref,), 1, 0)
    lead = desk.ledger.facts.read(Lead, [ref])[ref]
    assert lead.submitted_at == datetime(2025, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "rows",
    [
        ("ann@acme.example,2025-05-04,Another question,red",),
        (ANN, "ann@acme.example,2025-03-05,Payroll for 20,red"),
        ("dan@acme.example,2025-03-04,Payroll for 20,red",),
    ],
)
def test_another_inquiry_of_the_same_person_and_another_persons_are_leads_of_their_own(
    desk: Session, tmp_path: Path, rows: tuple[str, ...]
) -> None:
    again(desk, tmp_path, ANN)
    done = again(desk, tmp_path, *rows)
    assert (done.new, done.changed) == (1, 0)
    assert desk.ledger.stories.count() == {"imported": 2}


def test_two_mended_rows_never_become_one_lead(desk: Session, tmp_path: Path) -> None:
    again(desk, tmp_path, ANN, ANN.replace("03-04", "06-07"))
    done = again(desk, tmp_path, ANN.replace("red", "blue"), ANN.replace("03-04,Payroll", "06-08,Payroll"))
    assert (done.new, done.known, done.changed) == (0, 2, 2)
