"""The weekly report: what stands on it is in the frames, nothing is made up, and nobody is named."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from orchestration_project.history.days import monday_of
from orchestration_project.history.weekly import as_html, as_markdown, week_of
from orchestration_project.history.weekly_post import post
from orchestration_project.history.weekly_text import report
from orchestration_project.playbook.alerts import Told
from orchestration_project_tests.history.conftest import Past
from orchestration_project_tests.history.test_assets import people


def text_of(past: Past, monday: date) -> str:
    return as_markdown(list(report(week_of(past.history, monday))))


def test_a_week_without_leads_says_so_and_no_more(past: Past, home: Path) -> None:
    assert text_of(past, date(2020, 1, 6)) == (
        "# Larkfield Bookkeeping: 6 January to 12 January 2020\n\nNobody wrote this week."
    )


def test_a_report_counts_what_the_tables_count(past: Past, home: Path) -> None:
    busiest = max(
        (monday_of(past.today - timedelta(days=7 * ago)) for ago in range(4)),
        key=lambda monday: len(week_of(past.history, monday).now["submissions"]),
    )
    week = week_of(past.history, busiest)
    text = text_of(past, busiest)
    leads = len(week.now["submissions"])
    assert leads > 3
    assert f"**{leads} people wrote**" in text
    drafted = int(week.now["funnel"]["drafted"].sum())
    assert f"{drafted} first mails were drafted, and you sent 0 of them." in text
    assert "| inbox | " in text
    assert "## What broke" in text
    assert [word for word in people() if word.casefold() in text.casefold()] == []


def test_what_was_won_is_told_by_band_of_score(past: Past, home: Path) -> None:
    won = past.history.store.read("outcomes", past.history.store.days("outcomes")).query("outcome == 'won'")
    text = text_of(past, monday_of(won["day"].iloc[0].date()))
    assert "## What was won" in text
    assert "1,000 GBP" in text


def test_the_asset_leaves_a_page_that_needs_nothing_beside_it(past: Past, home: Path) -> None:
    definitions = past.definitions()
    week = monday_of(past.today - timedelta(days=7)).isoformat()
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            partition_key=week,
            asset_selection=[dg.AssetKey("weekly_report")],
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    (event,) = result.get_asset_materialization_events()
    assert "report" in event.materialization.metadata
    page = (home / "history" / "weekly_report" / f"{week}.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "data:image/png;base64," in page
    assert "http" not in page.replace("http-equiv", "")
    assert [word for word in people() if word.casefold() in page.casefold()] == []


def test_the_html_shows_tables_as_tables(past: Past, home: Path) -> None:
    html = as_html(list(report(week_of(past.history, monday_of(past.today - timedelta(days=7))))))
    assert "<table>" in html and "|---|" not in html


def test_the_newest_week_is_told_once_and_an_old_one_not_at_all(past: Past, home: Path) -> None:
    told = {"weekly_report": (Told(through="chat"),)}
    history = replace(past.history, playbook=past.history.playbook.model_copy(update=told))
    monday = monday_of(past.today - timedelta(days=7))
    parts = list(report(week_of(history, monday)))
    assert post(history, monday - timedelta(days=7), parts) == []
    assert post(history, monday, parts) == ["by chat"]
    assert post(history, monday, parts) == [], "made again it is no news"
    said = (home / "chat.log").read_text(encoding="utf-8")
    assert said.count(parts[0].title) == 1
    assert "people wrote" in said and "**" not in said
