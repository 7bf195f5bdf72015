"""How leads look in a terminal: tables and messages; the story of one is `story_view.py`. No queries here."""

import json
from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel, TypeAdapter
from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from orchestration_project.action.registry import ACTIONS
from orchestration_project.ledger.lead_lines import ActionLine, LeadLine

out = Console(highlight=False, emoji=False)  # `playbook.yaml:100:` is a line, not a face
err = Console(stderr=True, highlight=False, emoji=False)

WIDE = 120
"""Columns a terminal needs for the whole table on single lines."""

_COLOURS = {
    "done": "green",
    "quarantined": "yellow",
    "needs_person": "red",
    "to_check": "magenta",
    "failed": "red",
    "waiting": "blue",
    "skipped": "dim",
    "planned": "cyan",
    "erased": "dim",
}


def print_json(items: object) -> None:
    """A model, or a sequence of them: machine-readable, unstyled and unwrapped."""
    adapter = TypeAdapter[object](object)
    data = adapter.dump_python(items, mode="json")
    out.file.write(json.dumps(data, ensure_ascii=out.encoding != "utf-8", indent=2) + "\n")


def print_json_list(items: Iterable[BaseModel]) -> None:
    """The same of many models, written as they come."""
    opened = False
    for item in items:
        data = item.model_dump(mode="json")
        text = json.dumps(data, ensure_ascii=out.encoding != "utf-8", indent=2).replace("\n", "\n  ")
        out.file.write(f"{',' if opened else '['}\n  {text}")
        opened = True
    out.file.write("\n]\n" if opened else "[]\n")


def coloured(word: str) -> str:
    colour, spoken = _COLOURS.get(word), word.replace("_", " ")
    return f"[{colour}]{spoken}[/]" if colour else spoken


def indented(text: Text) -> Iterator[Text]:
    """Its lines, four columns in, without the blanks with which rich fills them up."""
    for line in text.wrap(out, max(20, out.width - 4)):
        line.rstrip()
        yield Text.assemble("    " if line.plain else "", line)


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


def _two_lines(lead: LeadLine) -> Iterator[RenderableType]:
    who, score, service, track, seconds = _cells(lead)
    first = Text.assemble((lead.ref, "bold"), f"  {_fit(who, 20)} {score:>3}  {service:<13} ")
    first.append_text(Text.from_markup(track)).append(f"  {seconds} s" if seconds else "")
    yield first
    told = Text.from_markup(outcome(lead), style="dim")
    yield from indented(told) if told.plain else ()


def _fit(words: str, cells: int) -> str:
    """In exactly so many columns; what is cut shows it."""
    return set_cell_size(words if cell_len(words) <= cells else f"{set_cell_size(words, cells - 1)}…", cells)


def _cells(lead: LeadLine) -> tuple[str, str, str, str, str]:
    score = "–" if lead.score is None else str(lead.score)
    return lead.name or lead.email or "unknown", score, lead.service or "–", _where(lead), seconds_of(lead)


def _where(lead: LeadLine) -> str:
    return lead.track if lead.status == "done" and lead.track else coloured(lead.status)


def outcome(lead: LeadLine) -> str:
    """What was done for a lead, or why nothing was, in one cell."""
    look = escape(lead.attention)
    if lead.status in ("quarantined", "needs_person", "to_check"):
        why = f"{lead.reason.replace('_', ' ')}: " if lead.reason else ""
        return "; ".join(part for part in (escape(why + lead.explanation), look) if part)
    by_status: dict[str, list[str]] = {}
    for action in in_order(lead.actions):
        by_status.setdefault(action.status, []).append(action.action.replace("_", " "))
    parts = [f"done: {', '.join(by_status.pop('done'))}" if "done" in by_status else ""]
    parts += [f"{coloured(status)}: {', '.join(names)}" for status, names in by_status.items()]
    why = escape(lead.explanation) if lead.status == "waiting" else ""
    return "; ".join(part for part in (*parts, why, look) if part)


def in_order(actions: Iterable[ActionLine]) -> list[ActionLine]:
    """As in the registry, whichever was through first; then the follow-ups."""
    places = {name: place for place, name in enumerate(ACTIONS)}
    return sorted(actions, key=lambda line: places.get(line.action, len(places)))


def seconds_of(lead: LeadLine) -> str:
    """From form to draft; the list's summary measures the same."""
    if lead.drafted_at is None:
        return ""
    return f"{(lead.drafted_at - lead.received_at).total_seconds():.1f}"


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def rows_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return table
