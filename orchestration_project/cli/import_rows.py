"""The rows of a CSV file into the ledger, a chunk a transaction: what is new, corrected and kept out.

The command is `import_csv.py`, and what it says of this `import_report.py`.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches

from orchestration_project.cli.import_outcomes import know_too_much, take_outcomes
from orchestration_project.cli.session import Session, read_playbook
from orchestration_project.connectors.form_source.csv_file import BadRow, CsvFile, GoodRow
from orchestration_project.connectors.form_source.csv_mapping import NO_MAPPING, CsvMapping
from orchestration_project.errors import LeadsError
from orchestration_project.intake import old_submissions
from orchestration_project.ledger.imports import Imports
from orchestration_project.ledger.submissions import external_id_of, make_ref
from orchestration_project.model import Frozen, Ref
from orchestration_project.model.fields import LEAD_FIELDS

CHUNK = 500
"""Rows of one transaction: after a break the import begins anew and skips what is stored."""


class Imported(Frozen):
    """What became of a file's rows."""

    rows: int
    new: int = 0
    corrected: int = 0  # of those that were here already: other content took the place of what was here
    kept_out: int = 0  # of people who were erased on request
    undated: int = 0  # have no date that can be read
    rejected: tuple[BadRow, ...]
    refs: tuple[Ref, ...]  # of all its rows, new or here already
    outcomes: int = 0  # that were new, or say something else than before
    elsewhere: tuple[str, ...] = ()  # other sources under which rows of it are here, too
    with_later: int = 0  # leads here already whose submission holds what is now set aside

    @property
    def known(self) -> int:
        return self.rows - self.new - self.kept_out


def columns_by_field(
    mapping: Sequence[str], csv_file: CsvFile, fields: Collection[str] = LEAD_FIELDS
) -> dict[str, str]:
    """The column of each lead field that was named. Raises LeadsError for one that does not exist."""
    columns: dict[str, str] = {}
    for entry in mapping:
        field, equals, column = entry.partition("=")
        field, column = field.strip(), column.strip()
        if not equals or field not in fields:
            close = get_close_matches(field, fields, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"Fields are: {', '.join(sorted(fields))}."
            raise LeadsError(f'--map {entry}: write --map FIELD="Column". {hint}')
        if column not in csv_file.columns:
            raise LeadsError(
                f"--map {entry}: {csv_file.path.name} has no column {column!r}. "
                f"Its columns are: {', '.join(csv_file.columns)}."
            )
        if field in columns or column in columns.values():
            raise LeadsError(f"--map {entry}: each field and each column can be named once.")
        columns[field] = column
    return columns


def import_rows(
    desk: Session,
    csv_file: CsvFile,
    columns_of: Mapping[str, str],
    source: str,
    date_format: str | None,
    progress: Callable[[int], None],
    mapping: CsvMapping = NO_MAPPING,
) -> Imported:
    playbook = read_playbook(desk.installation)
    refs: dict[Ref, None] = {}
    rejected: list[BadRow] = []
    waiting: dict[Ref, GoodRow] = {}
    rows = 0
    counts = Counter[str]()
    elsewhere: set[str] = set()

    imports = Imports(desk.ledger.engine, desk.ledger.clock)

    def store() -> None:
        olds = old_submissions(desk.ledger, playbook, source, [row.delivery for row in waiting.values()])
        counts["kept_out"] += len(waiting) - len(olds)
        taken = set(imports.store(source, olds))
        counts["new"] += len(taken)
        if taken:
            elsewhere.update(imports.elsewhere(source, olds))
        counts["undated"] += sum(old.undated for old in olds)
        counts["corrected"] += len(imports.correct(source, olds))
        known = {ref: row for ref, row in waiting.items() if ref not in taken}
        counts["with_later"] += know_too_much(desk.ledger, known, mapping)
        counts["outcomes"] += take_outcomes(desk.ledger, playbook, waiting, mapping)
        waiting.clear()

    read_rows = csv_file.rows(
        columns_of,
        date_format,
        no_answer=mapping.no_answer,
        aside=mapping.aside,
        mistake=mapping.mistake,
    )
    for row, read in read_rows:
        if isinstance(row, GoodRow):
            rows += 1
            ref = make_ref(source, external_id_of(row.delivery))
            refs[ref] = None
            waiting[ref] = row
        else:
            rejected.append(row)
        if len(waiting) >= CHUNK:
            store()
            progress(read)
    store()
    progress(csv_file.size)
    return Imported(
        rows=rows, rejected=tuple(rejected), refs=tuple(refs), elsewhere=tuple(sorted(elsewhere)), **counts
    )
