"""The rows of a CSV file into the ledger, a chunk a transaction: what is new, corrected and kept out.

The command is `import_csv.py`, and what it says of this `import_report.py`.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from difflib import get_close_matches

from orchestration_project.cli.import_outcomes import know_too_much, take_outcomes
from orchestration_project.cli.session import Session, read_playbook
from orchestration_project.connectors.form_source.csv_file import BadRow, CsvFile, GoodRow
from orchestration_project.connectors.form_source.csv_mapping import NO_MAPPING, CsvMapping
from orchestration_project.errors import LeadsError
from orchestration_project.intake import old_submissions
from orchestration_project.ledger.imports import Imports, OldSubmission
from orchestration_project.ledger.submissions import external_id_of, make_ref
from orchestration_project.model import Frozen, Ref
from orchestration_project.model.fields import LEAD_FIELDS

CHUNK = 500
"""Rows of one transaction: after a break the import begins anew and skips what is stored."""


class Imported(Frozen):
    """What became of a file's rows. Each is in one of `new`, `known`, `twice`, `kept_out` and `rejected`."""

    new: int = 0
    corrected: int = 0  # of those that were here already: other content took the place of what was here
    known: int = 0  # that were here already
    twice: int = 0  # that stand in the file a second time, word for word
    kept_out: int = 0  # of people who were erased on request
    undated: int = 0  # have no date that can be read
    rejected: tuple[BadRow, ...]
    refs: tuple[Ref, ...]  # of all its rows, new or here already
    outcomes: int = 0  # that were new, or say something else than before
    elsewhere: tuple[str, ...] = ()  # other sources under which rows of it are here, too
    with_later: int = 0  # leads here already whose submission holds what is now set aside

    @property
    def rows(self) -> int:
        """That could be read."""
        return self.new + self.known + self.twice + self.kept_out

    @property
    def in_all(self) -> int:
        return self.rows + len(self.rejected)


_COUNTED = ("new", "known", "twice", "kept_out", "corrected", "undated", "with_later", "outcomes")


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
    """Reads on while the ledger writes. Raises LeadsError where a row would be neither here nor rejected."""
    playbook = read_playbook(desk.installation)
    refs: dict[Ref, None] = {}
    rejected: list[BadRow] = []
    waiting: dict[Ref, GoodRow] = {}
    counts = Counter[str]()
    elsewhere: set[str] = set()
    imports = Imports(desk.ledger.engine, desk.ledger.clock)

    def keep(olds: Sequence[OldSubmission], waited: Mapping[Ref, GoodRow]) -> Counter[str]:
        taken = set(imports.store(source, olds))
        if taken:
            elsewhere.update(imports.elsewhere(source, olds))
        known = {ref: row for ref, row in waited.items() if ref not in taken}
        return Counter(
            new=len(taken),
            known=imports.here(source, olds) - len(taken),
            corrected=len(imports.correct(source, olds)) if len(taken) < len(olds) else 0,
            with_later=know_too_much(desk.ledger, known, mapping),
            outcomes=take_outcomes(desk.ledger, playbook, waited, mapping),
        )

    read_rows = csv_file.rows(
        columns_of,
        date_format,
        no_answer=mapping.no_answer,
        aside=mapping.aside,
        mistake=mapping.mistake,
    )
    with ThreadPoolExecutor(max_workers=1) as writer:
        written: list[Future[Counter[str]]] = []

        def store() -> None:
            olds = old_submissions(desk.ledger, playbook, source, [row.delivery for row in waiting.values()])
            counts["kept_out"] += len(waiting) - len(olds)
            counts["undated"] += sum(old.undated for old in olds)
            if written:
                counts.update(written.pop().result())  # no more than one chunk ahead
            written.append(writer.submit(keep, olds, {**waiting}))
            waiting.clear()

        for row, read in read_rows:
            counts["read"] += 1
            if isinstance(row, BadRow):
                rejected.append(row)
                continue
            ref = make_ref(source, external_id_of(row.delivery))
            counts["twice"] += ref in refs
            refs[ref] = None
            waiting[ref] = row
            if len(waiting) >= CHUNK:
                store()
                progress(read)
        store()
        counts.update(written.pop().result())
    progress(csv_file.size)
    done = Imported(
        rejected=tuple(rejected),
        refs=tuple(refs),
        elsewhere=tuple(sorted(elsewhere)),
        **{name: counts[name] for name in _COUNTED},
    )
    if done.in_all != counts["read"]:
        raise LeadsError(
            f"{csv_file.path.name} has {counts['read']} rows, and {done.in_all} of them are here or told: "
            "the sum is wrong. What is stored stays. Import the file again; if this is said again, report it."
        )
    return done
