"""Which leads a person means: by state, track, source, score, time and words.

Conditions only, for any query on `submissions` joined with `work`. What is shown of
them is `lead_lines.py`, and in which order and pages, `lead_list.py`.
"""

import re

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, Connection, exists, false, func, literal_column, select

from orchestration_project.ledger import tables
from orchestration_project.model import Frozen, Ref, ScoreStatus, State

_WORD = re.compile(r"[^\W_]+")
_LONGEST_WORD = 100
_MOST_WORDS = 10
_FEW = 5_000


class LeadFilter(Frozen):
    """Every part that is given must hold; within a part, one of the values. An empty one means all leads."""

    refs: tuple[Ref, ...] | None = None
    states: tuple[State, ...] = ()
    tracks: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    score_statuses: tuple[ScoreStatus, ...] = ()  # of the newest decision
    scores: tuple[int, int] | None = None  # from, to; both belong to it
    since: AwareDatetime | None = None  # when it was received
    until: AwareDatetime | None = None  # does not belong to it
    planned: bool = False  # something is only planned
    to_look_at: bool = False  # a person should see something
    text: str = ""  # words of name, address, phone, company, website or message; their beginnings will do

    @property
    def is_empty(self) -> bool:
        return self == LeadFilter()

    @property
    def asks_of_work(self) -> bool:
        """Whether `submissions` alone cannot answer it."""
        asked = (self.states, self.tracks, self.score_statuses, self.scores, self.to_look_at)
        return any(part not in ((), None, False) for part in asked)


def conditions(connection: Connection, wanted: LeadFilter) -> list[ColumnElement[bool]]:
    leads, work = tables.submissions, tables.work
    found: list[ColumnElement[bool]] = []
    if wanted.refs is not None:
        found.append(leads.c.ref.in_(wanted.refs))
    for column, values in (
        (work.c.state, wanted.states),
        (work.c.track, wanted.tracks),
        (leads.c.source, wanted.sources),
        (work.c.score_status, [status.value for status in wanted.score_statuses]),
    ):
        if values:
            found.append(column.in_(tuple(values)))
    if wanted.scores is not None:
        found.append(func.coalesce(work.c.score, tables.NO_SCORE).between(*wanted.scores))
    if wanted.since is not None:
        found.append(leads.c.received_at >= wanted.since)
    if wanted.until is not None:
        found.append(leads.c.received_at < wanted.until)
    if wanted.planned:
        planned = tables.receipts
        found.append(exists().where(planned.c.lead_id == leads.c.id, planned.c.status == "planned"))
    if wanted.to_look_at:
        found.append(work.c.attention != "")
    if wanted.text.strip():
        found.append(_says(connection, wanted.text))
    return found


def _says(connection: Connection, words: str) -> ColumnElement[bool]:
    """The few that say it are found beforehand. Of many, a page is filled soonest by going through the leads;
    the database cannot tell which of the two it is."""
    facts, work, leads = tables.facts, tables.work, tables.submissions
    beginnings = [f"'{word[:_LONGEST_WORD]}':*" for word in _WORD.findall(words)[:_MOST_WORDS]]
    if not beginnings:
        return false()
    query = func.to_tsquery("simple", " & ".join(beginnings))
    said = literal_column(tables.WORDS.text)
    saying = select(facts.c.lead_id).where(facts.c.kind == "Lead", said.op("@@")(query))
    few = connection.execute(saying.limit(_FEW + 1)).scalars().all()
    if len(few) > _FEW:
        return leads.c.id.in_(saying)
    # history, and what nobody has read yet, is known by its address alone
    address = select(work.c.lead_id).where(work.c.person_key == words.strip().casefold())
    return leads.c.id.in_([*few, *connection.execute(address).scalars()])
