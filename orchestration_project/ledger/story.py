"""Reading for people: the list of leads, and the whole story of one. Nothing here changes the ledger.

What a line of the list holds is in `lead_lines.py`.
"""

from collections.abc import Sequence

from pydantic import AwareDatetime
from sqlalchemy import Connection, Text, func, literal, select, true
from sqlalchemy.dialects.postgresql import array

from orchestration_project.errors import LeadsError
from orchestration_project.ledger import tables
from orchestration_project.ledger.lead_filter import LeadFilter
from orchestration_project.ledger.lead_lines import LeadLine, lines_of
from orchestration_project.ledger.lead_list import LeadList
from orchestration_project.ledger.part import ReadingPart
from orchestration_project.ledger.reading import reading
from orchestration_project.model import (
    STATES,
    Attribution,
    Decision,
    Frozen,
    JsonObject,
    Lead,
    Ref,
    ScoreStatus,
    State,
)

NAMED = 10
"""So many leads that a beginning of a ref could mean are named."""


class Event(Frozen):
    at: AwareDatetime
    event: str
    detail: str
    run_id: str | None


class Story(Frozen):
    """Everything the ledger knows of one lead."""

    lead: LeadLine
    normalised: Lead | None
    first_touch: Attribution | None
    decisions: tuple[Decision, ...]
    context: JsonObject | None
    events: tuple[Event, ...]
    raw: str


class Stories(ReadingPart):
    def count(self, *states: State, most: int | None = None) -> dict[str, int]:
        """How many leads stand where, in any of these states, or in all. With `most`, of none more than that:
        it then takes no longer of a million."""
        state = tables.work.c.state
        if most is None:
            # named, PostgreSQL knows how few are in them; joined, it would read the whole index
            query = select(state, func.count()).where(state.in_(states or STATES)).group_by(state)
        else:
            each = (
                func.unnest(array(states or STATES, type_=Text)).table_valued("state").render_derived("each")
            )
            some = select(literal(1)).where(state == each.c.state).limit(most).lateral("some")
            query = select(each.c.state, func.count()).join_from(each, some, true()).group_by(each.c.state)
        with reading(self.engine) as connection:
            return dict(connection.execute(query).all())

    def count_to_look_at(self) -> int:
        """How many leads have something that a person should see."""
        query = select(func.count()).select_from(tables.work).where(tables.work.c.attention != "")
        with reading(self.engine) as connection:
            return connection.execute(query).scalar_one()

    def newest_event(self) -> str | None:
        """The last thing that happened to any lead, in a word or two."""
        with reading(self.engine) as connection:
            return connection.execute(
                select(tables.journal.c.event).order_by(tables.journal.c.id.desc()).limit(1)
            ).scalar()

    def list_leads(
        self,
        *,
        status: State | None = None,
        score_status: ScoreStatus | None = None,
        to_look_at: bool = False,
        refs: Sequence[Ref] | None = None,
        limit: int | None = None,
    ) -> tuple[LeadLine, ...]:
        """Oldest first. `score_status` is the newest decision's; `to_look_at`: only those with something that
        a person should see. `limit` keeps the newest so many. For more, and for pages: `lead_list.py`."""
        wanted = LeadFilter(
            refs=tuple(refs) if refs is not None else None,
            states=(status,) if status else (),
            score_statuses=(score_status,) if score_status else (),
            to_look_at=to_look_at,
        )
        return tuple(reversed(LeadList(self.engine).page(wanted, limit=limit)))

    def candidates(self, typed: str, limit: int) -> tuple[Ref, ...]:
        """The refs a person may mean: any case, with or without `L-`, or the beginning of it. A whole one is
        meant alone."""
        wanted = typed.strip().upper().removeprefix("L-")
        if not all(letter.isascii() and letter.isalnum() for letter in wanted) or not typed.strip():
            return ()
        leads = tables.submissions
        beginning = leads.c.ref.startswith(f"L-{wanted}", autoescape=True)
        query = select(leads.c.ref).where(beginning).order_by(leads.c.id.desc()).limit(limit)
        with reading(self.engine) as connection:
            refs = tuple(connection.execute(query).scalars())
        whole = Ref(f"L-{wanted}")
        return (whole,) if whole in refs else refs

    def resolve(self, typed: str) -> Ref:
        """The one ref a person means. Raises LeadsError, which names those it could be."""
        refs = self.candidates(typed, NAMED + 1)
        if not refs:
            raise LeadsError(f"No lead is called {typed!r}. `leads list` shows the refs.")
        if len(refs) > 1:
            who = LeadList(self.engine).page(LeadFilter(refs=refs[:NAMED]))
            lines = [f"  {line.ref}  {line.name or line.email or 'unknown'}, {line.status}" for line in who]
            if len(refs) > NAMED:
                lines.append("  …")
            raise LeadsError("\n".join([f"{typed!r} could be one of these. Write more of it.", *lines]))
        return next(iter(refs))

    def tell(self, ref: Ref) -> Story:
        leads = tables.submissions
        with reading(self.engine) as connection:
            row = connection.execute(
                select(leads, tables.work)
                .join(tables.work, tables.work.c.lead_id == leads.c.id)
                .where(leads.c.ref == ref)
            ).one()
            (line,) = lines_of(connection, [row])
            normalised = _newest_fact(connection, row.id, "Lead")
            touch = connection.execute(
                select(tables.first_touches.c.attribution).where(
                    tables.first_touches.c.person_key == row.person_key
                )
            ).scalar()
            decisions = connection.execute(
                select(tables.decisions.c.decision)
                .where(tables.decisions.c.lead_id == row.id)
                .order_by(tables.decisions.c.id)
            ).scalars()
            events = connection.execute(
                select(
                    tables.journal.c.at,
                    tables.journal.c.event,
                    tables.journal.c.detail,
                    tables.journal.c.run_id,
                )
                .where(tables.journal.c.lead_id == row.id)
                .order_by(tables.journal.c.id)
            )
            return Story(
                lead=line,
                normalised=Lead.model_validate(normalised) if normalised else None,
                first_touch=Attribution.model_validate(touch) if touch else None,
                decisions=tuple(Decision.model_validate(decision) for decision in decisions),
                context=_newest_fact(connection, row.id, "Context"),
                events=tuple(
                    Event(at=event.at, event=event.event, detail=event.detail, run_id=event.run_id)
                    for event in events
                ),
                raw=row.raw.decode("utf-8", "replace"),
            )


def _newest_fact(connection: Connection, lead_id: int, kind: str) -> JsonObject | None:
    facts = tables.facts
    return connection.execute(
        select(facts.c.value).where(facts.c.lead_id == lead_id, facts.c.kind == kind)
    ).scalar()
