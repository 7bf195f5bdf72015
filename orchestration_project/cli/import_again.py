"""Rows of a file without an id column that somebody has changed since it was imported: whose leads they are.

When two are the same is said in `data/same_row.py`; a row that nobody has changed is found by its content.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from orchestration_project.data.same_row import Row, is_same_row
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.imported_rows import ImportedRows
from orchestration_project.ledger.imports import Imports, OldSubmission
from orchestration_project.ledger.submissions import external_id_of, make_ref
from orchestration_project.model import Lead


class ChangedRows:
    """Each earlier row is the same as one of the file at most, and none that still stands in the file."""

    def __init__(self, ledger: Ledger, rows: ImportedRows, in_file: Collection[str]) -> None:
        self._ledger, self._rows = ledger, rows
        self._taken = set(in_file)

    def earlier_ids(self, olds: Sequence[OldSubmission]) -> dict[str, str]:
        """By the id that its content gives to a row, the one under which its lead is here."""
        refs = {make_ref(self._rows.source, external_id_of(old.delivery)): old for old in olds}
        here = Imports(self._ledger.engine, self._ledger.clock).submitted_at(list(refs))
        unknown = [old for ref, old in refs.items() if ref not in here]
        keys = {old.person_key for old in unknown if old.person_key is not None}
        found = self._rows.of(keys)
        leads = self._ledger.facts.read(Lead, [row.ref for row in found])
        theirs: dict[str | None, dict[str, Row]] = defaultdict(dict)
        for row in found:
            if row.ref in leads:
                earlier = Row(lead=leads[row.ref], undated=row.undated)
                theirs[row.person_key][row.external_id] = earlier
        ids: dict[str, str] = {}
        for old in unknown:
            if old.context is None:
                continue
            now = Row(lead=old.context.lead, undated=old.undated)
            for external_id, earlier in theirs[old.person_key].items():
                if external_id not in self._taken and is_same_row(now, earlier):
                    self._taken.add(external_id)
                    ids[external_id_of(old.delivery)] = external_id
                    break
        return ids
