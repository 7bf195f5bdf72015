"""What people get to see of an evaluation: sentences, pictures, a terminal view, a page that stands alone."""

import io
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from orchestration_project.history.evaluation import pictures, words
from orchestration_project.history.evaluation.compare import Comparison, comparison
from orchestration_project.history.evaluation.page import comparison_page
from orchestration_project.history.evaluation.quality import ScoreQuality, score_quality
from orchestration_project.history.evaluation.terminal import comparison_view, quality_view
from orchestration_project_tests.history.evaluation.made import START, made_leads
from orchestration_project_tests.history.evaluation.test_compare import TRACKS, decisions

PNG = b"\x89PNG\r\n\x1a\n"
NASTY = "<script>alert(1)</script>$x_1$"


@pytest.fixture(scope="module")
def found() -> Comparison:
    leads, outcomes, _ = made_leads(400)
    source = np.where(np.arange(400) % 2 == 0, NASTY, "website")
    scores = [float(score) for score in leads["score"]]
    other = [min(10.0, score + 1) for score in scores]
    labelled = pd.DataFrame({"ref": leads["ref"], "won": outcomes["outcome"] == "won"})
    return comparison(
        decisions(scores, source=source),
        decisions(other, source=source, cost_usd=0.002, seconds=1.5),
        tracks=TRACKS,
        names=("live", NASTY),
        labelled=labelled,
    )


@pytest.fixture(scope="module")
def nothing() -> Comparison:
    return comparison(decisions([5, None]), decisions([5, None]), tracks=TRACKS)


@pytest.fixture(scope="module")
def quality() -> ScoreQuality:
    leads, outcomes, features = made_leads(400)
    return score_quality(leads, outcomes, features, {}, as_of=START + pd.Timedelta(days=500))


def shown(view: object) -> str:
    console = Console(width=110, file=io.StringIO(), record=True)
    console.print(view)
    return console.export_text()


class Links(HTMLParser):
    """What a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "iframe"}:
            self.found.append(tag)
        self.found += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_the_page_stands_alone_and_runs_nothing(found: Comparison) -> None:
    page = comparison_page(
        found, business="Larkfield & Sons", made_at=datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
    )
    links = Links()
    links.feed(page)
    assert links.found
    assert all(link.startswith("data:image/png;base64,") for link in links.found)
    assert "Larkfield &amp; Sons · 24 November 2026, 09:05" in page
    assert words.headline(found) in page
    assert found.moves[0].ref in page


def test_a_page_about_nothing_says_so(nothing: Comparison) -> None:
    page = comparison_page(nothing, business="L", made_at=datetime(2026, 11, 24, tzinfo=UTC))
    assert "No lead of 2 would take another track." in page
    assert "No outcome of these leads is known yet" in page
    assert "Who takes another track" not in page


def test_the_terminal_shows_matrix_segments_and_moves(found: Comparison, nothing: Comparison) -> None:
    text = shown(comparison_view(found))
    assert words.headline(found)[:40] in text
    assert re.search(r"nurture +\d+ +\d+ +0", text)
    assert NASTY in text
    assert "and not by chance" in text or "may be chance" in text
    assert "No lead of 2 would take another track." in shown(comparison_view(nothing))


def test_the_terminal_shows_bands_months_and_what_was_not_learned_from(quality: ScoreQuality) -> None:
    text = shown(quality_view(quality))
    assert quality.headline[:60] in text
    assert "refused: nobody says when it became known" in text
    assert "2025-03" in text
    assert "The top 10 % hold" in text


def test_pictures_are_pictures(found: Comparison, nothing: Comparison, quality: ScoreQuality) -> None:
    for drawn in (
        pictures.track_bars(found),
        pictures.score_changes(found),
        pictures.score_changes(nothing),
        pictures.segment_changes(found.by["source"]),
        pictures.segment_changes(()),
        pictures.auc_by_group(quality.by_time),
        pictures.won_by_band((("live", quality.overall.bands),)),
    ):
        assert drawn.startswith(PNG)
    assert pictures.found_of_the_signal(quality) is None


def test_one_lead_and_few_of_many_are_said_in_good_english() -> None:
    one = comparison(decisions([5, 5]), decisions([8, 5]), tracks=TRACKS)
    assert words.headline(one) == "One lead of 2 would take another track, further up."
    few = comparison(decisions([5.0] * 999 + [1, 1]), decisions([5.0] * 999 + [8, 8]), tracks=TRACKS)
    assert words.headline(few).startswith("2 of 1,001 leads (less than 1 %)")


def test_costs_are_said_as_far_as_they_are_known(found: Comparison, nothing: Comparison) -> None:
    assert words.of_costs(found.cost_before, found.cost_after) == (
        "A score costs $0.0020; these leads $0.80. It takes 1.5 s at the median, "
        "one in twenty more than 1.5 s."
    )
    assert (
        words.of_costs(nothing.cost_before, nothing.cost_after)
        == "What a score costs and takes was not measured."
    )
