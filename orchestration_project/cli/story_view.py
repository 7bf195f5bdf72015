"""How the story of one lead looks in a terminal. No queries here."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from orchestration_project.cli.view import coloured, in_order, out
from orchestration_project.ledger.story import Story
from orchestration_project.model import Scoring
from orchestration_project.model.decision import dollars


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
        for action in in_order(lead.actions):
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
