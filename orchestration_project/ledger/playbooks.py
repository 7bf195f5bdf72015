"""The playbooks that ever decided something, file by file: so an old decision can be explained and repeated.

Making a playbook of the files again is `playbook/load.py`.
"""

from collections.abc import Mapping

from pydantic import AwareDatetime
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen


class KeptVersion(Frozen):
    """A playbook that has decided something, since when, and how often."""

    version: str
    kept_at: AwareDatetime
    decisions: int


class Playbooks(Part):
    def keep(self, version: str, files: Mapping[str, bytes]) -> None:
        """Once a version; whoever comes second changes nothing."""
        now = self.clock()
        rows = [
            {"version": version, "file": file, "content": content, "kept_at": now}
            for file, content in files.items()
        ]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(insert(tables.playbook_versions).on_conflict_do_nothing(), rows)

    def read(self, version: str) -> dict[str, bytes]:
        """The files of that version by name; none where it never decided anything."""
        table = tables.playbook_versions
        query = select(table.c.file, table.c.content).where(table.c.version == version)
        with reading(self.engine) as connection:
            return {row.file: row.content for row in connection.execute(query)}

    def versions(self) -> tuple[KeptVersion, ...]:
        """Oldest first."""
        table, decisions = tables.playbook_versions, tables.decisions
        count = select(func.count()).where(decisions.c.playbook_version == table.c.version).scalar_subquery()
        query = (
            select(table.c.version, func.min(table.c.kept_at).label("kept_at"), count.label("decisions"))
            .group_by(table.c.version)
            .order_by("kept_at", table.c.version)
        )
        with reading(self.engine) as connection:
            return tuple(KeptVersion(**row) for row in connection.execute(query).mappings())
