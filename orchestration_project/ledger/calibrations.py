"""How often people have agreed with the model's decisions, by its confidence, by version.

How it is learned, and whether it is any good, is `history/evaluation/calibrate.py`.
"""

from collections.abc import Sequence

from pydantic import AwareDatetime
from sqlalchemy import Float, Integer, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.standing import stands
from orchestration_project.model import Curve, Frozen, ScoreStatus

NEAR = 1
"""Points by which a person's score may differ and still agree."""


class Judged(Frozen):
    """A decision of a model, and whether the person who spoke of it last agreed."""

    confidence: float
    agreed: bool


class Calibration(Frozen):
    """`words` say how good it is, or why it is not used."""

    version: int
    at: AwareDatetime
    labels: int
    agreed: int
    words: str
    live: bool


class Calibrations(Part):
    def curve(self) -> Curve | None:
        """The one that is live; None where too little is known."""
        with reading(self.engine) as connection:
            row = connection.execute(_LIVE).one_or_none()
        return Curve(points=tuple(map(tuple, row.curve)), labels=row.labels) if row else None

    def keep(self, curve: Sequence[tuple[float, float]], judged: Sequence[Judged], words: str) -> Calibration:
        """A new version, which takes the place of the one that was. Without points none is used."""
        with self.engine.begin() as connection:
            connection.execute(update(tables.calibrations).values(live=False))
            row = connection.execute(
                insert(tables.calibrations)
                .values(
                    at=self.clock(),
                    curve=[list(point) for point in curve],
                    labels=len(judged),
                    agreed=sum(each.agreed for each in judged),
                    newest=select(func.coalesce(func.max(tables.verdicts.c.id), 0)).scalar_subquery(),
                    words=words,
                    live=bool(curve),
                )
                .returning(*_TOLD)
            ).mappings()
            return Calibration.model_validate(dict(row.one()))

    def unlearn(self) -> bool:
        """The model's confidence is its own word again. Whether there was anything to unlearn."""
        with self.engine.begin() as connection:
            done = connection.execute(
                update(tables.calibrations).where(tables.calibrations.c.live).values(live=False)
            )
            return done.rowcount > 0

    def newest(self) -> Calibration | None:
        with reading(self.engine) as connection:
            row = connection.execute(select(*_TOLD).order_by(tables.calibrations.c.version.desc()).limit(1))
            found = row.mappings().one_or_none()
        return Calibration.model_validate(dict(found)) if found else None

    def is_news(self) -> bool:
        """Whether people have spoken of a track or a score, or taken back what they said, since the last
        version was learned."""
        verdicts = tables.verdicts
        known = select(func.coalesce(func.max(tables.calibrations.c.newest), 0)).scalar_subquery()
        query = select(func.count()).where(
            verdicts.c.kind.in_((*_KINDS, "taken_back")), verdicts.c.id > known
        )
        with reading(self.engine) as connection:
            return bool(connection.execute(query).scalar_one())

    def judged(self) -> tuple[Judged, ...]:
        """Each decision of a model that people have spoken of, by the last word on it that stands."""
        verdicts, decisions = tables.verdicts, tables.decisions
        scoring = decisions.c.decision["scoring"]
        last = (
            select(verdicts.c.decision_id, verdicts.c.track, verdicts.c.score)
            .ext(distinct_on(verdicts.c.decision_id))
            .where(verdicts.c.kind.in_(_KINDS), verdicts.c.decision_id.is_not(None), stands())
            .order_by(verdicts.c.decision_id, verdicts.c.id.desc())
            .subquery()
        )
        query = (
            select(
                scoring["score"]["confidence"].astext.cast(Float).label("confidence"),
                (
                    (last.c.track.is_(None) | (last.c.track == decisions.c.decision["track"].astext))
                    & (
                        last.c.score.is_(None)
                        | (func.abs(last.c.score - scoring["score"]["value"].astext.cast(Integer)) <= NEAR)
                    )
                ).label("agreed"),
            )
            .join(last, last.c.decision_id == decisions.c.id)
            .where(
                scoring["status"].astext == ScoreStatus.SCORED.value,
                scoring["scorer"].astext != "offline",
                scoring["score"]["confidence"].astext.is_not(None),
            )
            .order_by(decisions.c.id)
        )
        with reading(self.engine) as connection:
            return tuple(Judged.model_validate(dict(row)) for row in connection.execute(query).mappings())


_LIVE = (
    select(tables.calibrations.c.curve, tables.calibrations.c.labels)
    .where(tables.calibrations.c.live)
    .order_by(tables.calibrations.c.version.desc())
    .limit(1)
)
_KINDS = ("track", "score")
_TOLD = tuple(tables.calibrations.c[name] for name in ("version", "at", "labels", "agreed", "words", "live"))
