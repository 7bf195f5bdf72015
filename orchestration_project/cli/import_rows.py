"""The rows of a CSV file into the ledger, a chunk a transaction: what is new, corrected and kept out.

The command is `import_csv.py`, and what it says of this `import_report.py`.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from difflib import get_close_matches
from functools import partial

from orchestration_project.cli.import_again import ChangedRows
from orchestration_project.cli.import_outcomes import know_too_much, take_outcomes
from orchestration_project.cli.session import Session, read_playbook
from orchestration_project.connectors.form_source.csv_file import BY_CONTENT, BadRow, CsvFile, GoodRow
from orchestration_project.connectors.form_source.csv_mapping import NO_MAPPING, CsvMapping
from orchestration_project.errors import LeadsError
from orchestration_project.intake import old_submissions
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.imported_rows import ImportedRows
from orchestration_project.ledger.imports import Imports, OldSubmission
from orchestration_project.ledger.submissions import external_id_of, make_ref
from orchestration_project.model import Frozen, Ref
from orchestration_project.model.fields import LEAD_FIELDS
from orchestration_project.playbook.model import Playbook

CHUNK = 500
"""Rows of one transaction: after a break the import begins anew and skips what is stored."""


class Imported(Frozen):
    """What became of a file's rows. Each is in one of `new`, `known`, `twice`, `kept_out` and `rejected`."""

    new: int = 0
    changed: int = 0  # of those, that have no id and were found by whose they are and what they say
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


_TOLD_APART = {"rejected", "refs", "elsewhere"}
_COUNTED = tuple(name for name in Imported.model_fields if name not in _TOLD_APART)


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
    read_rows = partial(
        csv_file.rows,
        columns_of,
        date_format,
        no_answer=mapping.no_answer,
        aside=mapping.aside,
        mistake=mapping.mistake,
    )
    changed: ChangedRows | None = None
    here = ImportedRows(desk.ledger.engine, source, BY_CONTENT)
    if "id" not in columns_of and not csv_file.is_of_rejected and here.any():
        in_file = {external_id_of(row.delivery) for row, _ in read_rows() if isinstance(row, GoodRow)}
        changed = ChangedRows(desk.ledger, here, in_file)
    taking = _Taking(desk.ledger, read_playbook(desk.installation), source, mapping, changed)
    seen: set[str] = set()
    rejected: list[BadRow] = []
    waiting: dict[str, GoodRow] = {}
    with ThreadPoolExecutor(max_workers=1) as writer:
        for row, read in read_rows():
            taking.counts["read"] += 1
            if isinstance(row, BadRow):
                rejected.append(row)
                continue
            external_id = external_id_of(row.delivery)
            taking.counts["twice"] += external_id in seen
            seen.add(external_id)
            waiting[external_id] = row
            if len(waiting) >= CHUNK:
                taking.take(waiting, writer)
                waiting.clear()
                progress(read)
        taking.take(waiting, writer)
        taking.settle()
    progress(csv_file.size)
    counts = taking.counts
    done = Imported(
        rejected=tuple(rejected),
        refs=tuple(taking.refs),
        elsewhere=tuple(sorted(taking.elsewhere)),
        **{name: counts[name] for name in _COUNTED},
    )
    if done.in_all != counts["read"]:
        raise LeadsError(
            f"{csv_file.path.name} has {counts['read']} rows, and {done.in_all} of them are here or told: "
            "the sum is wrong. What is stored stays. Import the file again; if this is said again, report it."
        )
    return done


class _Taking:
    """Chunk by chunk, no more than one ahead of what the ledger has written."""

    def __init__(
        self,
        ledger: Ledger,
        playbook: Playbook,
        source: str,
        mapping: CsvMapping,
        changed: ChangedRows | None,
    ) -> None:
        self.counts = Counter[str]()
        self.elsewhere: set[str] = set()
        self.refs: dict[Ref, None] = {}
        self._ledger, self._playbook, self._source, self._mapping = ledger, playbook, source, mapping
        self._changed = changed
        self._imports = Imports(ledger.engine, ledger.clock)
        self._written: list[Future[Counter[str]]] = []

    def take(self, waiting: Mapping[str, GoodRow], writer: ThreadPoolExecutor) -> None:
        rows = list(waiting.values())
        olds = self._read(rows)
        if self._changed is not None and (ids := self._changed.earlier_ids(olds)):
            self.counts["changed"] += len(ids)
            rows = [_under(row, ids) for row in rows]
            olds = self._read(rows)
        by_ref = {make_ref(self._source, external_id_of(row.delivery)): row for row in rows}
        self.refs.update(dict.fromkeys(by_ref))
        self.counts["kept_out"] += len(by_ref) - len(olds)
        self.counts["undated"] += sum(old.undated for old in olds)
        self.settle()
        self._written.append(writer.submit(self._keep, olds, by_ref))

    def settle(self) -> None:
        """Waits for what is being written. Raises what that has raised."""
        if self._written:
            self.counts.update(self._written.pop().result())

    def _read(self, rows: Sequence[GoodRow]) -> list[OldSubmission]:
        return old_submissions(self._ledger, self._playbook, self._source, [row.delivery for row in rows])

    def _keep(self, olds: Sequence[OldSubmission], by_ref: Mapping[Ref, GoodRow]) -> Counter[str]:
        taken = set(self._imports.store(self._source, olds))
        if taken:
            self.elsewhere.update(self._imports.elsewhere(self._source, olds))
        known = {ref: row for ref, row in by_ref.items() if ref not in taken}
        return Counter(
            new=len(taken),
            known=self._imports.here(self._source, olds) - len(taken),
            corrected=len(self._imports.correct(self._source, olds)) if len(taken) < len(olds) else 0,
            with_later=know_too_much(self._ledger, known, self._mapping),
            outcomes=take_outcomes(self._ledger, self._playbook, by_ref, self._mapping),
        )


def _under(row: GoodRow, ids: Mapping[str, str]) -> GoodRow:
    own = external_id_of(row.delivery)
    delivery = row.delivery.model_copy(update={"external_id": ids.get(own, own)})
    return row.model_copy(update={"delivery": delivery})
