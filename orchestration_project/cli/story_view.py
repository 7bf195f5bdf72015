"""How the story of one lead looks in a terminal. No queries here."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from rich.markup import escape
from rich.text import Text

from orchestration_project.cli.view import coloured, in_order, indented, out
from orchestration_project.errors import without_promise
from orchestration_project.ledger.lead_lines import ActionLine, LeadLine
from orchestration_project.ledger.story import Story
from orchestration_project.model import Scoring
from orchestration_project.model.decision import dollars
from orchestration_project.text import so_many

_OFFLINE = "offline"
_MOST_SHOWN = 20_000
_ON_THE_SCREEN = str.maketrans(
    {number: f"\\x{number:02x}" for number in (*range(0x20), *range(0x7F, 0xA0)) if chr(number) not in "\t\n"}
    | {number: f"\\u{number:04x}" for number in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
)
"""What a terminal obeys instead of showing it: control characters, and what turns the direction of text."""


def print_story(story: Story, would_write: Mapping[str, str], who: Sequence[str], zone: tzinfo) -> None:
    """The whole story of one lead, in order of time. `would_write` says by action what would be written of
    that which is only planned, `who` whose lead it is beside others."""
    lead = story.lead
    _print_standing(lead, zone)
    for line in who:
        out.print(Text(line))
    _print_decision(story)
    if lead.actions:
        out.print("\n[bold]Actions[/]")
        for action in in_order(lead.actions):
            _print_action(action, given_up=lead.status == "needs_person")
    if would_write:
        out.print("\n[bold]Planned: this would be written[/]")
        for name, text in would_write.items():
            out.print(f"[cyan]{name}[/]")
            out.print(*indented(Text(text)), "", sep="\n")
    out.print("\n[bold]Story[/]")
    for event in story.events:
        line = Text(f"  {_time(event.at, zone)}  {event.event}")
        line.append(f"  {event.detail}" if event.detail else "", style="dim")
        out.print(line)
    out.print("\n[bold]As delivered[/]")
    out.print(Text(as_delivered(story.raw)), soft_wrap=True)


def as_delivered(raw: str) -> str:
    """Fit for a terminal: a stranger wrote it. Line breaks and tabs stay."""
    shown = raw[:_MOST_SHOWN].replace("\r\n", "\n").translate(_ON_THE_SCREEN)
    more = len(raw) - _MOST_SHOWN
    return (
        shown if more <= 0 else f"{shown}\n… and {so_many(more, 'character')} more; `--json` has the whole."
    )


def _print_standing(lead: LeadLine, zone: tzinfo) -> None:
    who = [lead.ref, coloured(lead.status), escape(lead.name or ""), escape(lead.email or "")]
    out.print("  ".join([f"[bold]{who[0]}[/]", *filter(None, who[1:])]))
    times = "once" if lead.deliveries == 1 else f"{lead.deliveries} times"
    out.print(f"from {escape(lead.source)}, id {escape(lead.external_id)}, delivered {times}")
    if lead.explanation:
        reason = f"{lead.reason.replace('_', ' ')}: " if lead.reason else ""
        out.print(escape(reason + lead.explanation))
    if now := what_now(lead):
        out.print(escape(now))
    if lead.waiting_for:
        out.print(f"It goes on once {escape(lead.waiting_for)} is well again, while `leads dev` is running.")
    elif lead.status == "waiting" and lead.try_at:
        out.print(f"It goes on at {_time(lead.try_at, zone)} while `leads dev` is running.")
    if lead.attention:
        out.print(f"[bold]{escape(lead.attention)}[/]")


def what_now(lead: LeadLine) -> str | None:
    """What was done of a lead that is held, and what a person can do."""
    match lead.status:
        case "to_check":
            return (
                f"It waits for you: `leads replay {lead.ref} --genuine` lets it go on, --spam sets it aside."
            )
        case "quarantined":
            go_on = f"Should it go on: `leads replay {lead.ref} --genuine`."
            done, begun = (
                [each.action.replace("_", " ") for each in in_order(lead.actions) if each.status == status]
                for status in ("done", "begun")
            )
            if not done and not begun:
                return f"Set aside, and nothing was written. {go_on}"
            stays = f" What was done before stays: {', '.join(done)}." if done else ""
            perhaps = f" Begun, and perhaps done: {', '.join(begun)}." if begun else ""
            return f"Set aside.{stays}{perhaps} {go_on}"
        case _:
            return None


def _print_decision(story: Story) -> None:
    if not story.decisions:
        return
    newest = story.decisions[-1].scoring
    service = story.lead.service or "no service"
    out.print(f"\n[bold]Decision[/]  {newest.label}, {service}, track {story.lead.track}")
    out.print(Text(story.lead.rationale or ""))
    for quote in newest.score.evidence if newest.score else ():
        out.print(Text(f"  “{quote}”", style="italic"))
    out.print(Text(scored_by(newest), style="dim"))


def _print_action(action: ActionLine, *, given_up: bool) -> None:
    told = action.error or action.note
    if given_up:
        told = without_promise(told)
    if not told and action.external_id and not action.url:
        told = f"id {action.external_id}"
    line = Text.from_markup(f"{action.action:<14} {coloured(action.status)}")
    line.append(f"  {told}" if told else "")
    out.print(line)
    if action.url:
        # whole, so that it can be clicked
        out.print(Text(f"{' ' * 15}{action.url}", style="dim"), soft_wrap=True)


def scored_by(scoring: Scoring) -> str:
    """Who scored, and what it cost; where it was not the AI, why."""
    who = "the offline scorecard" if scoring.scorer == _OFFLINE else scoring.scorer
    parts = [" ".join(filter(None, (who, scoring.model)))]
    if tokens := scoring.usage.input_tokens + scoring.usage.output_tokens:
        parts.append(f"{tokens} tokens")
    if scoring.usage.cost_usd:
        parts.append(dollars(scoring.usage.cost_usd))
    if scoring.score is None:
        # the reason stands above, in place of a rationale
        return f"Not scored. Asked was {', '.join(parts)}."
    by = f"Scored by {', '.join(parts)}."
    return f"{by} {scoring.explanation}" if scoring.explanation else by


def _time(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S.%f")[:-4]
