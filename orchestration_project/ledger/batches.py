"""Questions that were handed in by the file, to be answered later: what each batch asks, so that no question
is handed in twice, whoever dies in between.

Handing in and collecting is `history/rescoring/batch.py`.
"""

from collections.abc import Sequence

from sqlalchemy import insert, select, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen


class Batch(Frozen):
    """`batch_id`: None where it may or may not have been handed in: the service knows, by the key."""

    key: str
    batch_id: str | None
    playbook_version: str
    scorer: str
    asked: tuple[str, ...]


class Batches(Part):
    def begin(self, batch: Batch) -> None:
        """Before it is handed in."""
        with self.engine.begin() as connection:
            values = {**batch.model_dump(), "asked": [*batch.asked], "begun_at": self.clock()}
            connection.execute(insert(tables.ai_batches).values(values))

    def handed_in(self, key: str, batch_id: str) -> None:
        self._set(key, batch_id=batch_id)

    def collected(self, key: str) -> None:
        """All of its answers are kept, or there will be none."""
        self._set(key, collected_at=self.clock())

    def open(self, playbook_version: str, scorer: str) -> Sequence[Batch]:
        """Those under these rules that are not collected, the oldest first."""
        table = tables.ai_batches
        query = (
            select(table.c.key, table.c.batch_id, table.c.playbook_version, table.c.scorer, table.c.asked)
            .where(
                table.c.playbook_version == playbook_version,
                table.c.scorer == scorer,
                table.c.collected_at.is_(None),
            )
            .order_by(table.c.begun_at)
        )
        with reading(self.engine) as connection:
            return [Batch.model_validate(dict(row)) for row in connection.execute(query).mappings()]

    def _set(self, key: str, **values: object) -> None:
        table = tables.ai_batches
        with self.engine.begin() as connection:
            connection.execute(update(table).where(table.c.key == key).values(**values))
