"""Which track a lead takes, and the words that say why."""

from datetime import datetime
from typing import Any

import pytest

from orchestration_project.decision.route import reroute, route
from orchestration_project.errors import PlaybookError
from orchestration_project.model import Context, Decision, Ref, Score, ScoreStatus, Scoring, Standing
from orchestration_project.playbook.model import Playbook
from orchestration_project.playbook.tracks import Condition, ScoreRange, Track
from orchestration_project_tests.decision.samples import PLAYBOOK, a_context, a_playbook

REF = Ref("L-abcdefghij")
UNSCORED = Scoring(ref=REF, status=ScoreStatus.RATE_LIMITED, scorer="OpenAI")


def scored(value: int, **changes: Any) -> Scoring:
    score = Score(value=value, service="payroll", category="inquiry", rationale="So.", confidence=0.5)
    score = score.model_copy(update=changes)
    return Scoring(ref=REF, status=ScoreStatus.SCORED, scorer="offline", score=score)


def decide(
    scoring: Scoring, now: datetime, playbook: Playbook = PLAYBOOK, context: Context | None = None
) -> Decision:
    return route(scoring, context or a_context(), playbook, now)


def only(**when: Any) -> Playbook:
    """A track with that condition, before one that takes everything."""
    tracks = (
        Track(name="special", title="Special", when=Condition(**when), actions=()),
        Track(name="rest", title="Rest", when=Condition(), actions=()),
    )
    return a_playbook(tracks=tracks, fallback_track="rest")


@pytest.mark.parametrize(
    ("value", "track", "why"),
    [
        (10, "priority", "score 10 is 8 or more"),
        (8, "priority", "score 8 is 8 or more"),
        (7, "nurture", "score 7 is from 4 to 7"),
        (4, "nurture", "score 4 is from 4 to 7"),
        (3, "not_fit", "score 3 is 3 or less"),
        (0, "not_fit", "score 0 is 3 or less"),
    ],
)
def test_both_ends_of_a_range_belong_to_it(now: datetime, value: int, track: str, why: str) -> None:
    decision = decide(scored(value), now)
    assert (decision.track, decision.why_track) == (track, why)


def test_a_decision_carries_its_score_version_and_time(now: datetime) -> None:
    decision = decide(scored(5), now)
    assert decision.scoring == scored(5)
    assert decision.playbook_version == "v-test"
    assert decision.decided_at == now
    assert decision.ref == REF


def test_no_score_takes_the_fallback_and_is_not_a_zero(now: datetime) -> None:
    decision = decide(UNSCORED, now)
    assert decision.track == "nurture"
    assert decision.why_track == "there is no score (rate limited)"


def test_a_fallback_that_does_not_exist_is_a_mistake_of_the_playbook(now: datetime) -> None:
    with pytest.raises(PlaybookError, match="'gone'"):
        decide(UNSCORED, now, a_playbook(fallback_track="gone"))


def test_a_lead_that_no_track_takes_is_a_mistake_of_the_playbook(now: datetime) -> None:
    with pytest.raises(PlaybookError, match="score 9"):
        decide(scored(9), now, a_playbook(tracks=PLAYBOOK.tracks[1:]))


@pytest.mark.parametrize(
    ("when", "holds", "why"),
    [
        ({"service": ("payroll", "books")}, True, "service is payroll"),
        ({"service": ("books",)}, False, ""),
        ({"category": ("inquiry",)}, True, "category is inquiry"),
        ({"category": ("vendor",)}, False, ""),
        ({"region": ("GB", "IE")}, True, "region is GB"),
        ({"region": ("DE",)}, False, ""),
        ({"language": ("en",)}, True, "language is en"),
        ({"language": ("de",)}, False, ""),
        ({"known_contact": False}, True, "the person is new to us"),
        ({"known_contact": True}, False, ""),
        ({"score": ScoreRange(lowest=5, highest=5)}, True, "score 5 is exactly 5"),
        (
            {"score": ScoreRange(lowest=5), "region": ("GB",)},
            True,
            "score 5 is 5 or more and region is GB",
        ),
        ({"score": ScoreRange(lowest=5), "region": ("DE",)}, False, ""),
        ({"score": ScoreRange(lowest=6), "region": ("GB",)}, False, ""),
    ],
)
def test_every_part_of_a_condition_must_hold(
    now: datetime, when: dict[str, Any], holds: bool, why: str
) -> None:
    decision = decide(scored(5), now, only(**when))
    assert decision.track == ("special" if holds else "rest")
    assert decision.why_track == (why if holds else "it takes every lead")


def test_a_known_contact_can_have_a_track(now: datetime) -> None:
    known = a_context(Standing(kind="known_contact"))
    decision = decide(scored(5), now, only(known_contact=True), known)
    assert decision.why_track == "the person is a known contact"


def test_what_is_unknown_matches_no_value(now: datetime) -> None:
    assert decide(scored(5, service=None), now, only(service=("payroll",))).track == "rest"
    assert decide(scored(5), now, only(language=("en",)), a_context(language=None)).track == "rest"


def test_the_first_track_that_holds_is_taken(now: datetime) -> None:
    anyone = Track(name="first", title="First", when=Condition(), actions=())
    assert decide(scored(10), now, a_playbook(tracks=(anyone, *PLAYBOOK.tracks))).track == "first"


def again(
    scoring: Scoring, now: datetime, *, before: str, irreversible: str | None = None
) -> tuple[str, str]:
    """Track and words, once a lead that was on the track `before` has been scored again."""
    meanwhile = scored(5).model_copy(update={"status": ScoreStatus.TIMEOUT})
    decided = decide(meanwhile, now).model_copy(update={"track": before, "why_track": "meanwhile"})
    decision = reroute(scoring, a_context(), PLAYBOOK, now, before=decided, irreversible=irreversible)
    assert decision.scoring == scoring
    return decision.track, decision.why_track


def test_once_the_ai_is_back_a_lead_takes_the_better_track(now: datetime) -> None:
    assert again(scored(9), now, before="nurture") == ("priority", "score 9 is 8 or more")


def test_it_stays_where_it_is_if_the_ai_says_the_same(now: datetime) -> None:
    assert again(scored(6), now, before="nurture") == ("nurture", "score 6 is from 4 to 7")


def test_it_never_takes_a_worse_track_than_the_one_it_was_acted_upon(now: datetime) -> None:
    track, why = again(scored(1), now, before="nurture")
    assert track == "nurture"
    assert "would be not_fit" in why


def test_what_nobody_can_take_back_keeps_it_where_it_is(now: datetime) -> None:
    track, why = again(scored(9), now, before="nurture", irreversible="a mail was sent to them")
    assert (track, why) == (
        "nurture",
        "a mail was sent to them already; by the AI's score it would be priority",
    )


def test_while_the_ai_is_still_away_nothing_changes(now: datetime) -> None:
    still = scored(9).model_copy(update={"status": ScoreStatus.TIMEOUT})
    assert again(still, now, before="nurture") == ("nurture", "meanwhile")


def test_a_track_that_is_gone_meanwhile_keeps_nobody(now: datetime) -> None:
    assert again(scored(1), now, before="gone") == ("not_fit", "score 1 is 3 or less")
