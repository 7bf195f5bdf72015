"""How often people changed what was decided: what raising the autonomy is decided on.

What they say is kept by `labels.py`; what an autonomy allows is `action/autonomy.py`.
"""

from sqlalchemy import exists, func, or_, select

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import ReadingPart
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.standing import stands
from orchestration_project.model import Frozen

NEWEST = 100
"""Decisions that are looked at: enough to tell 5 % from 15 %, and few enough to be of the rules of today."""


class Readiness(Frozen):
    decisions: int  # the newest, one a lead
    said: int  # of these, a person has said something
    changed: int  # of these, something else than was decided: track, score, spam
    edited: int  # of these, the draft was edited before it was sent

    @property
    def words(self) -> str:
        if not self.decisions:
            return "Nothing is decided yet."
        if not self.said:
            return f"Nobody has said anything of the last {self.decisions} decisions."
        edited = f", and edited the draft of {self.edited}" if self.edited else ""
        return (
            f"Of the last {self.decisions} decisions people have spoken of {self.said} and changed "
            f"{self.changed} ({self.changed / self.said:.0%}){edited}."
        )


class HowReady(ReadingPart):
    def of(self, newest: int = NEWEST) -> Readiness:
        each, newer = tables.decisions, tables.decisions.alias("newer")
        again = exists().where(newer.c.lead_id == each.c.lead_id, newer.c.id > each.c.id)
        # from the newest backwards, until there are enough: not the newest of each lead there is
        last = select(each).where(~again).order_by(each.c.id.desc()).limit(newest).subquery("last")
        said = tables.verdicts.alias("said")
        other = or_(
            said.c.kind.in_(("spam", "genuine")),
            (said.c.kind == "track") & (said.c.track != last.c.track),
            (said.c.kind == "score") & said.c.score.is_distinct_from(last.c.score),
        )
        lead = last.c.lead_id.distinct()
        query = select(
            func.count(lead).label("decisions"),
            func.count(lead).filter(said.c.id.is_not(None)).label("said"),
            func.count(lead).filter(other).label("changed"),
            func.count(lead).filter(said.c.kind == "edited_draft").label("edited"),
        ).select_from(last.outerjoin(said, (said.c.decision_id == last.c.id) & stands(said)))
        with reading(self.engine) as connection:
            return Readiness.model_validate(dict(connection.execute(query).mappings().one()))
