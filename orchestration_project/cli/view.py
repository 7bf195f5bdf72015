"""How leads look in a terminal: tables, the story of one lead, messages. No queries here."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from rich.cells import set_cell_size
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orchestration_project.action.registry import ACTIONS
from orchestration_project.decision.purse import dollars
from orchestration_project.ledger.lead_lines import ActionLine, LeadLine
from orchestration_project.ledger.story import Story
from orchestration_project.model import Scoring

out = Console(highlight=False, emoji=False)  # `playbook.yaml:100:` is a line, not a face
err = Console(stderr=True, highlight=False, emoji=False)

WIDE = 120
"""Columns a terminal needs for the whole table on single lines."""

_COLOURS = {
    "done": "green",
    "quarantined": "yellow",
    "needs_person": "red",
    "failed": "red",
    "waiting": "blue",
    "skipped": "dim",
    "planned": "cyan",
}


def print_json(items: object) -> None:
    """A model, or a sequence of them: machine-readable, unstyled and unwrapped."""
    adapter = TypeAdapter[object](object)
    data = adapter.dump_python(items, mode="json")
    out.file.write(json.dumps(data, ensure_ascii=out.encoding != "utf-8", indent=2) + "\n")


def coloured(word: str) -> str:
    colour, spoken = _COLOURS.get(word), word.replace("_", " ")
    return f"[{colour}]{spoken}[/]" if colour else spoken


def leads_table(leads: Sequence[LeadLine]) -> RenderableType:
    """One line a lead; in a narrow terminal what was done stands on a second line."""
    if out.width < WIDE:
        return Group(*(part for lead in leads for part in _two_lines(lead)))
    table = Table(header_style="bold", pad_edge=False, box=None)
    for column in ("ref", "who", "score", "service", "track", "seconds"):
        table.add_column(column, no_wrap=True, justify="right" if column in ("score", "seconds") else "left")
    table.add_column("done, or why not", ratio=1)
    for lead in leads:
        who, score, service, track, seconds = _cells(lead)
        table.add_row(lead.ref, Text(_short(who, 22)), score, service, track, seconds, outcome(lead))
    return table


def _two_lines(lead: LeadLine) -> tuple[RenderableType, RenderableType]:
    who, score, service, track, seconds = _cells(lead)
    first = Text.assemble((lead.ref, "bold"), f"  {set_cell_size(who, 20)} {score:>3}  {service:<13} ")
    first.append_text(Text.from_markup(track)).append(f"  {seconds} s" if seconds else "")
    return first, Padding(Text.from_markup(outcome(lead), style="dim"), (0, 0, 0, 4))


def _cells(lead: LeadLine) -> tuple[str, str, str, str, str]:
    score = "–" if lead.score is None else str(lead.score)
    return lead.name or lead.email or "unknown", score, lead.service or "–", _where(lead), _seconds(lead)


def _where(lead: LeadLine) -> str:
    return lead.track if lead.status == "done" and lead.track else coloured(lead.status)


def outcome(lead: LeadLine) -> str:
    """What was done for a lead, or why nothing was, in one cell."""
    look = escape(lead.attention)
    if lead.status in ("quarantined", "needs_person"):
        why = f"{lead.reason.replace('_', ' ')}: " if lead.reason else ""
        return "; ".join(part for part in (escape(why + lead.explanation), look) if part)
    by_status: dict[str, list[str]] = {}
    for action in _in_order(lead.actions):
        by_status.setdefault(action.status, []).append(action.action.replace("_", " "))
    parts = [f"done: {', '.join(by_status.pop('done'))}" if "done" in by_status else ""]
    parts += [f"{coloured(status)}: {', '.join(names)}" for status, names in by_status.items()]
    why = escape(lead.explanation) if lead.status == "waiting" else ""
    return "; ".join(part for part in (*parts, why, look) if part)


def _in_order(actions: Iterable[ActionLine]) -> list[ActionLine]:
    """As in the registry, whichever was through first; then the follow-ups."""
    places = {name: place for place, name in enumerate(ACTIONS)}
    return sorted(actions, key=lambda line: places.get(line.action, len(places)))


def _seconds(lead: LeadLine) -> str:
    if lead.finished_at is None:
        return ""
    return f"{(lead.finished_at - lead.received_at).total_seconds():.1f}"


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def print_story(story: Story, zone: ZoneInfo) -> None:
    """The whole story of one lead, in order of time."""
    lead = story.lead
    out.print(
        f"[bold]{lead.ref}[/]  {coloured(lead.status)}  {escape(lead.name or '')}  {escape(lead.email or '')}"
    )
    out.print(
        f"from {escape(lead.source)}, id {escape(lead.external_id)}, delivered {lead.deliveries} time(s)"
    )
    if lead.explanation:
        out.print(
            escape(f"{lead.reason.replace('_', ' ')}: " if lead.reason else "") + escape(lead.explanation)
        )
    if lead.waiting_for:
        out.print(f"It goes on by itself once {escape(lead.waiting_for)} is well again.")
    elif lead.status == "waiting" and lead.try_at:
        out.print(f"It goes on by itself at {_time(lead.try_at, zone)}.")
    if lead.attention:
        out.print(f"[bold]{escape(lead.attention)}[/]")
    if story.decisions:
        newest = story.decisions[-1].scoring
        out.print(f"\n[bold]Decision[/]  {newest.label}, {lead.service or 'no service'}, track {lead.track}")
        out.print(Text(lead.rationale or ""))
        for quote in newest.score.evidence if newest.score else ():
            out.print(Text(f"  “{quote}”", style="italic"))
        out.print(Text(_scored_by(newest), style="dim"))
    if lead.actions:
        out.print("\n[bold]Actions[/]")
        table = Table(box=None, show_header=False, pad_edge=False)
        for action in _in_order(lead.actions):
            where = action.error or action.note or action.external_id or ""
            table.add_row(
                action.action, coloured(action.status), Text(where), Text(action.url or "", style="dim")
            )
        out.print(table)
    out.print("\n[bold]Story[/]")
    for event in story.events:
        line = Text(f"  {_time(event.at, zone)}  {event.event}")
        line.append(f"  {event.detail}", style="dim")
        out.print(line)
    out.print("\n[bold]As delivered[/]")
    out.print(Text(story.raw))


def _scored_by(scoring: Scoring) -> str:
    """Who scored, and what it cost; where it was not the AI, why."""
    parts = [" ".join(filter(None, (scoring.scorer, scoring.model)))]
    if tokens := scoring.usage.input_tokens + scoring.usage.output_tokens:
        parts.append(f"{tokens} tokens")
    if scoring.usage.cost_usd:
        parts.append(dollars(scoring.usage.cost_usd))
    by = f"Scored by {', '.join(parts)}."
    return f"{by} {scoring.explanation}" if scoring.score and scoring.explanation else by


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S.%f")[:-4]


def rows_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return table
