"""Which rules went live when, by whom, and what that changed: the story of the playbook.

Whether a candidate may go live is judged in `history/releasing/`.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Literal

from pydantic import AwareDatetime
from sqlalchemy import insert, select

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen


class Release(Frozen):
    """`objections`: what the gate said against it; then `why` says why it went live all the same."""

    kind: Literal["promoted", "rolled back"]
    name: str  # of the candidate, or of the version that came back
    before: str  # versions
    after: str
    changes: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    why: str = ""
    who: str


class ReleaseOfThen(Release):
    at: AwareDatetime


def before_live(releases: Sequence[Release], live: str) -> str | None:
    """The version that was live before the one that is now, one step further back with each way back.
    `releases` the newest first. None: nothing says what was before it."""
    steps: list[tuple[str, str]] = []  # from which to which, as far as nobody has gone back on it
    for release in reversed(releases):
        if release.kind == "promoted":
            steps.append((release.before, release.after))
            continue
        while steps and steps[-1][1] != release.after:
            if steps.pop()[0] == release.after:
                break
    return steps[-1][0] if steps and steps[-1][1] == live else None


class Releases(Part):
    @contextmanager
    def record(self, release: Release) -> Generator[None]:
        """Written down once what happens inside has gone well."""
        with self.engine.begin() as connection:
            connection.execute(
                insert(tables.releases).values(at=self.clock(), **release.model_dump(mode="json"))
            )
            yield

    def all(self) -> Sequence[ReleaseOfThen]:
        """The newest first."""
        table = tables.releases
        columns = [column for column in table.c if column.name != "id"]
        with reading(self.engine) as connection:
            rows = connection.execute(select(*columns).order_by(table.c.id.desc())).mappings()
            return [ReleaseOfThen.model_validate(dict(row)) for row in rows]
