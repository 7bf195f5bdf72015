"""The asset of the weekly report: one page a week, as Markdown in the UI and as a file to hand on.

What stands on it is `weekly_text.py`; nothing here imports pandas.
"""

import base64
import warnings
from datetime import date, timedelta
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

import dagster as dg

from orchestration_project.history.days import bounds, days_between
from orchestration_project.history.resources import History

if TYPE_CHECKING:
    from orchestration_project.history.weekly_text import Part, Week

REPORT = "weekly_report"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#33415c;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:right}"
    "td:first-child,th:first-child{text-align:left}th{font-weight:600;border-bottom:1px solid #d8dee9}"
    "img{max-width:100%}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}"
)


@lru_cache(maxsize=2)
def build_weekly(weeks: dg.WeeklyPartitionsDefinition, time_zone: str, owner: str) -> dg.AssetsDefinition:
    upstream = (
        "funnel",
        "speed_to_lead",
        "source_quality",
        "ai_costs",
        "lead_scores",
        "receipts",
        "outcomes",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)

        @dg.asset(
            name=REPORT,
            description="One page for the owner: what came, how fast it was answered, what was won, what "
            "broke, what the AI cost. Made on Monday mornings, also as an HTML file to send.",
            group_name="reports",
            owners=[owner],
            kinds={"pandas", "markdown"},
            deps=upstream,
            partitions_def=weeks,
            backfill_policy=dg.BackfillPolicy.single_run(),
            automation_condition=dg.AutomationCondition.cron_tick_passed("0 7 * * 1", time_zone)
            .since_last_handled()
            .with_label("Monday morning")
            & dg.AutomationCondition.in_latest_time_window(),
            op_tags={"layer": "history"},
        )
        def weekly_report(context: dg.AssetExecutionContext, history: dg.ResourceParam[History]) -> None:
            from orchestration_project.history.weekly_post import post  # noqa: PLC0415 - of reports only

            for key in context.partition_keys:
                monday = date.fromisoformat(key)
                made, parts = _make(history, monday)
                if told := post(history, monday, parts):
                    made["told"] = dg.MetadataValue.text("; ".join(told))
                context.add_asset_metadata(made, partition_key=key)

    return weekly_report


def _make(history: History, monday: date) -> "tuple[dict[str, dg.MetadataValue], list[Part]]":
    from orchestration_project.history.store import write_whole  # noqa: PLC0415 - pandas
    from orchestration_project.history.weekly_text import report  # noqa: PLC0415 - pandas

    parts = list(report(week_of(history, monday)))
    path = history.store.base / REPORT / f"{monday.isoformat()}.html"
    write_whole(path, as_html(parts).encode("utf-8"))
    made: dict[str, dg.MetadataValue] = {
        "report": dg.MetadataValue.md(as_markdown(parts)),
        "file": dg.MetadataValue.path(str(path)),
    }
    return made, parts


def week_of(history: History, monday: date) -> "Week":
    from orchestration_project.history.weekly_text import NEEDED, WEEK, Week  # noqa: PLC0415 - pandas

    def frames(first: date) -> "dict[str, object]":
        days = [day.isoformat() for day in days_between(first, first + timedelta(days=6))]
        return {name: history.store.read(name, days) for name in NEEDED}

    zone, business = history.reader.zone, history.playbook.business
    (start, _), (_, end) = bounds(monday, zone), bounds(monday + timedelta(days=6), zone)
    states = history.ledger.connections.read().values()
    return Week(
        monday=monday,
        now=frames(monday),  # type: ignore[arg-type]
        before=frames(monday - WEEK),  # type: ignore[arg-type]
        waits=history.reader.waits(start, min(end, history.clock())),
        away={each.name: each.since for each in states if each.state != "closed" and each.since is not None},
        currency=business.currency,
        business=business.name,
    )


def as_markdown(parts: "list[Part]") -> str:
    """The pictures are in it, so that the UI shows them."""
    lines: list[str] = []
    for number, part in enumerate(parts):
        # a table wants its lines together, sentences want a blank line between them
        together = part.lines and part.lines[0].startswith(("|", "- "))
        lines += [
            f"{'#' if number == 0 else '##'} {part.title}",
            ("\n" if together else "\n\n").join(part.lines),
        ]
        if (picture := _picture(part)) is not None:
            lines.append(f"![{part.title}]({picture})")
    return "\n\n".join(lines)


def as_html(parts: "list[Part]") -> str:
    """A page of its own, to send to somebody: it needs nothing beside it."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - of the report only

    render = MarkdownIt("commonmark", {"html": False}).enable("table").render
    body: list[str] = []
    for number, part in enumerate(parts):
        together = part.lines and part.lines[0].startswith(("|", "- "))
        level = 1 if number == 0 else 2
        body.append(f"<h{level}>{escape(part.title)}</h{level}>")
        body.append(render(("\n" if together else "\n\n").join(part.lines)))
        if (picture := _picture(part)) is not None:
            body.append(f'<img alt="{escape(part.title)}" src="{picture}">')
    title = escape(parts[0].title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>{"".join(body)}</html>'
    )


def _picture(part: "Part") -> str | None:
    if part.picture is None:
        return None
    from orchestration_project.history.pictures import png  # noqa: PLC0415 - pandas

    return "data:image/png;base64," + base64.b64encode(png(part.picture)).decode()
