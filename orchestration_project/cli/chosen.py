"""The options by which `list`, `replay` and `retry` say which leads are meant: written once, for all three.

How times and scores are written is `options.py`.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC
from typing import Annotated

import typer

from orchestration_project.cli.options import Since, Until, scores, span
from orchestration_project.cli.session import Session, owners_zone
from orchestration_project.errors import LeadsError
from orchestration_project.ledger.lead_filter import LeadFilter
from orchestration_project.model import STATES, ScoreStatus, State


@dataclass(frozen=True)
class Chosen:
    """What was typed. Each field is an option of the command that `with_options` is put on."""

    status: Annotated[
        list[str] | None,
        typer.Option("--status", help=f"Leads that are {', '.join(STATES)}. May be repeated."),
    ] = None
    track: Annotated[
        list[str] | None, typer.Option("--track", help="Leads of that track. May be repeated.")
    ] = None
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Leads from there. May be repeated.")
    ] = None
    score: Annotated[
        str | None, typer.Option("--score", help="8, 8..10, 8.. (and more) or ..3 (and less).")
    ] = None
    score_status: Annotated[
        list[ScoreStatus] | None,
        typer.Option("--score-status", help="Leads whose newest score is that, such as over_budget."),
    ] = None
    since: Since = None
    until: Until = None
    planned: Annotated[bool, typer.Option("--planned", help="Leads of which something is only planned.")] = (
        False
    )
    look: Annotated[
        bool, typer.Option("--look", help="Leads with something to look at; `leads seen` ends it.")
    ] = False
    text: Annotated[
        str | None,
        typer.Option("--text", help="Words of name, address, company or message; their beginnings will do."),
    ] = None

    def meant(self, desk: Session, states: Sequence[State] = ()) -> LeadFilter:
        """`states` are meant where none was typed. Raises LeadsError for a value that means nothing."""
        days = owners_zone(desk.installation) if self.since or self.until else UTC
        first, last = span(self.since, self.until, desk.ledger.clock(), days)
        return LeadFilter(
            states=tuple(_state(word) for word in self.status or ()) or tuple(states),
            tracks=tuple(self.track or ()),
            sources=tuple(self.source or ()),
            score_statuses=tuple(self.score_status or ()),
            scores=scores(self.score) if self.score is not None else None,
            since=first,
            until=last,
            planned=self.planned,
            to_look_at=self.look,
            text=self.text or "",
        )


ALL = Chosen()


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """typer reads options from a signature, one a parameter, and knows no groups of them: the parameter
    `chosen` is put into the signature as the fields of `Chosen`."""

    @functools.wraps(command)
    def run(**typed: object) -> None:
        values = {each.name: typed.pop(each.name) for each in fields(Chosen)}
        command(chosen=functools.partial(Chosen, **values)(), **typed)

    shown: list[inspect.Parameter] = []
    for own in inspect.signature(command).parameters.values():
        if own.annotation is Chosen:
            shown += inspect.signature(Chosen).parameters.values()
        else:
            shown.append(own)
    run.__dict__["__signature__"] = inspect.Signature(shown)
    run.__annotations__ = {each.name: each.annotation for each in shown}
    return run


def _state(word: str) -> State:
    for state in STATES:
        if word.strip().replace("-", "_").replace(" ", "_").casefold() == state:
            return state
    raise LeadsError(f"There is no status {word!r}; there are {', '.join(STATES)}.")
