"""What the firm's own labels have taught the text model, by version, and the leads that it is learned from.

How it is learned, and whether it is any good, is `history/evaluation/own_words.py`.
"""

import struct
from collections.abc import Mapping

from pydantic import AwareDatetime
from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.standing import stands
from orchestration_project.model import Frozen, Ref

_PAIR = struct.Struct("<If")
MOST_SILENT = 2_000
"""Of leads that nobody said anything of the newest: enough to see what is usual here."""


class Label(Frozen):
    ref: Ref
    spam: bool
    by_person: bool


class Version(Frozen):
    """`words` say how good it is, or why it is not used."""

    version: int
    at: AwareDatetime
    spam: int
    genuine: int
    words: str
    live: bool


class OwnWords(Part):
    def weights(self) -> dict[int, float]:
        """Those that are live, by bucket; none where nothing was learned."""
        table = tables.own_words
        with reading(self.engine) as connection:
            packed = connection.execute(
                select(table.c.weights).where(table.c.live).order_by(table.c.version.desc()).limit(1)
            ).scalar()
        return dict(_PAIR.iter_unpack(packed)) if packed else {}

    def keep(
        self, weights: Mapping[int, float], *, spam: int, genuine: int, words: str, live: bool
    ) -> Version:
        """A new version. One that goes live takes the place of the one that was."""
        packed = b"".join(_PAIR.pack(bucket, weight) for bucket, weight in sorted(weights.items()))
        with self.engine.begin() as connection:
            if live:
                connection.execute(update(tables.own_words).values(live=False))
            row = connection.execute(
                insert(tables.own_words)
                .values(
                    at=self.clock(),
                    weights=packed,
                    spam=spam,
                    genuine=genuine,
                    newest=select(func.coalesce(func.max(tables.verdicts.c.id), 0)).scalar_subquery(),
                    words=words,
                    live=live,
                )
                .returning(*_TOLD)
            ).mappings()
            return Version.model_validate(dict(row.one()))

    def unlearn(self) -> bool:
        """The shipped model alone decides again. Whether there was anything to unlearn."""
        with self.engine.begin() as connection:
            done = connection.execute(
                update(tables.own_words).where(tables.own_words.c.live).values(live=False)
            )
            return done.rowcount > 0

    def newest(self) -> Version | None:
        """The last that was learned, live or not."""
        with reading(self.engine) as connection:
            row = connection.execute(select(*_TOLD).order_by(tables.own_words.c.version.desc()).limit(1))
            found = row.mappings().one_or_none()
        return Version.model_validate(dict(found)) if found else None

    def labels(self) -> tuple[Label, ...]:
        """Leads of which a person has said that they are genuine or spam, the last word counts; and the
        newest of those that were done and written to, of which nobody has said anything."""
        leads, work, verdicts = tables.submissions, tables.work, tables.verdicts
        kinds = ("spam", "genuine")
        said = (
            select(
                verdicts.c.lead_id,
                func.array_agg(aggregate_order_by(verdicts.c.kind, verdicts.c.id.desc()))[1].label("kind"),
            )
            .where(verdicts.c.kind.in_(kinds), stands())
            .group_by(verdicts.c.lead_id)
            .subquery()
        )
        of_people = (
            select(leads.c.ref, said.c.kind).join(said, said.c.lead_id == leads.c.id).order_by(leads.c.id)
        )
        answered = tables.receipts.alias("answered")
        silent = (
            select(leads.c.ref)
            .join(work, work.c.lead_id == leads.c.id)
            .join(
                answered,
                (answered.c.lead_id == leads.c.id)
                & (answered.c.action == "sent_mail")
                & (answered.c.status == "done"),
            )
            .outerjoin(said, said.c.lead_id == leads.c.id)
            .where(work.c.state == "done", said.c.kind.is_(None))
            .order_by(leads.c.id.desc())
            .limit(MOST_SILENT)
        )
        with reading(self.engine) as connection:
            found = [
                Label(ref=Ref(row.ref), spam=row.kind == "spam", by_person=True)
                for row in connection.execute(of_people)
            ]
            found += [
                Label(ref=Ref(row.ref), spam=False, by_person=False) for row in connection.execute(silent)
            ]
        return tuple(found)

    def news(self) -> int:
        """How many leads were called spam or genuine, or no longer, since the last version was learned."""
        verdicts = tables.verdicts
        known = select(func.coalesce(func.max(tables.own_words.c.newest), 0)).scalar_subquery()
        query = select(func.count(verdicts.c.lead_id.distinct())).where(
            verdicts.c.kind.in_(("spam", "genuine", "taken_back")), verdicts.c.id > known
        )
        with reading(self.engine) as connection:
            return connection.execute(query).scalar_one()


_TOLD = tuple(tables.own_words.c[name] for name in ("version", "at", "spam", "genuine", "words", "live"))
