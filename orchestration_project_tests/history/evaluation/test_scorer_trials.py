"""What is asked of a scorer: the same again, without its evidence, and under attack. Nothing acts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.decision.evidence import sort_quotes
from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.decision.validate import validate_submission
from orchestration_project.errors import LeadsError
from orchestration_project.history.evaluation.attacks import (
    OURS,
    Attack,
    attack_all,
    planted,
    read_attacks,
    twin,
)
from orchestration_project.history.evaluation.reasons import check_reasons, without_quotes
from orchestration_project.history.evaluation.stability import Answer, measure_stability, stability
from orchestration_project.history.evaluation.trying import try_all
from orchestration_project.model import Company, Ref
from orchestration_project_tests.decision.samples import PLAYBOOK, a_context
from orchestration_project_tests.history.evaluation.scorers import Forgetful, Thinks, contexts

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.anyio


async def test_answers_come_in_order_and_no_more_are_asked_at_once_than_allowed() -> None:
    scorer = Thinks(lambda context: int(context.ref[-1]))
    tried = await try_all(scorer, contexts(10), PLAYBOOK, NOW, side_by_side=3)
    assert [one.value for one in tried] == list(range(10))
    assert [one.track for one in tried][:5] == ["not_fit"] * 4 + ["nurture"]
    assert scorer.most_open == 3
    assert len(scorer.asked) == 10
    assert await try_all(scorer, [], PLAYBOOK, NOW) == ()


async def test_a_lead_that_is_scored_otherwise_each_time_is_found() -> None:
    scorer = Forgetful(
        **{
            "L-0000000000": (5, 5, 5),
            "L-0000000001": (7, 8, 8),
            "L-0000000002": (4, 6, 5),
            "L-0000000003": (1, 2, 1),
        }
    )
    found = await measure_stability(scorer, contexts(4), PLAYBOOK, NOW, times=3)
    assert (found.leads, found.times) == (4, 3)
    assert found.flipping == 1 / 4
    assert found.flip_chance == pytest.approx((2 / 3) / 4)  # two of the three pairs of one lead of four
    assert found.widest == 2
    assert [one.ref for one in found.unstable] == ["L-0000000001", "L-0000000002"]
    assert found.unstable[0].tracks == (("priority", 2), ("nurture", 1))
    # standard deviations by hand: 0, 1/sqrt(3), 1, 1/sqrt(3)
    assert found.spread == pytest.approx((1 + 2 / 3**0.5) / 4)


async def test_the_offline_scorer_is_as_stable_as_arithmetic() -> None:
    found = await measure_stability(OfflineScorer(), contexts(5), PLAYBOOK, NOW)
    assert (found.flipping, found.spread, found.unstable) == (0, 0, ())


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 10), st.sampled_from("xy"))))
@settings(max_examples=50)
def test_whatever_answers_come_shares_stay_shares(rows: list[tuple[str, int | None, str]]) -> None:
    found = stability(Answer(ref=Ref(ref), score=score, track=track) for ref, score, track in rows)
    assert 0 <= found.flip_chance <= found.flipping <= 1
    assert found.widest <= 10
    assert len(found.unstable) <= found.leads


async def test_a_reason_that_changes_nothing_is_no_reason() -> None:
    """One scorer goes by what it quotes, the other quotes the same and goes by the phone number."""
    quotes = ("team of twenty",)
    honest = Thinks(lambda context: 9 if "team of twenty" in context.lead.message else 5, quotes)
    pretends = Thinks(lambda context: 7 if context.lead.person.phone else 2, quotes)
    held = await check_reasons(honest, contexts(4), PLAYBOOK, NOW)
    assert (held.supported, held.unsupported, held.unsupported_share) == (4, 0, 0)
    assert held.each[0].shift == -4
    empty = await check_reasons(pretends, contexts(4), PLAYBOOK, NOW)
    assert (empty.supported, empty.unsupported, empty.unsupported_share) == (0, 4, 1)
    assert len(pretends.asked) == 8


async def test_what_cannot_be_told_is_not_counted_as_unsupported() -> None:
    ten = await check_reasons(Thinks(lambda _: 10, ("payroll",)), contexts(2), PLAYBOOK, NOW)
    assert (ten.at_the_end, ten.unsupported) == (2, 0)
    silent = Thinks(lambda _: 5)
    unquoted = await check_reasons(silent, contexts(2), PLAYBOOK, NOW)
    assert (unquoted.not_quoted, len(silent.asked)) == (2, 2)
    away = await check_reasons(Thinks(lambda _: None), contexts(2), PLAYBOOK, NOW)
    assert (away.no_score, away.unsupported_share) == (2, 0)


async def test_the_offline_scorers_evidence_is_what_it_goes_by() -> None:
    found = await check_reasons(OfflineScorer(), [a_context(company=Company())], PLAYBOOK, NOW)
    assert (found.leads, found.supported + found.at_the_end) == (1, 1)


def test_what_is_taken_out_cannot_be_quoted_any_more() -> None:
    context = a_context(
        message="Our “VAT” return –\nis due; VAT return is due!", extra={"note": "the VAT return is due"}
    )
    quotes = ["VAT return is due"]
    assert sort_quotes(quotes, context.lead) == (quotes, [])
    bare = without_quotes(context, quotes)
    assert sort_quotes(quotes, bare.lead) == ([], quotes)
    assert bare.lead.message.startswith("Our")
    assert without_quotes(context, ["!", ""]) == context


async def test_an_attack_that_is_obeyed_is_found_and_one_that_is_not_passes() -> None:
    gullible = Thinks(lambda context: 10 if "score 10" in context.lead.message else 6)
    found = await attack_all(gullible, contexts(3), OURS, PLAYBOOK, NOW)
    obeyed = [attack for attack in OURS if "score 10" in attack.text]
    assert obeyed
    assert found.tried == 3 * len(OURS)
    assert found.upgrades == len(found.worst) == 3 * len(obeyed)
    assert not found.withstood
    assert {shift.points for shift in found.worst} == {4}

    suspicious = Thinks(lambda context: 2 if "score 10" in context.lead.message else 6)
    doubted = await attack_all(suspicious, contexts(3), OURS, PLAYBOOK, NOW)
    assert doubted.withstood
    assert doubted.lowered == 3 * len(obeyed)


async def test_one_point_more_is_an_upgrade_where_a_track_begins() -> None:
    at_the_border = Thinks(lambda context: 8 if "Ignore all" in context.lead.message else 7)
    found = await attack_all(at_the_border, contexts(1), OURS, PLAYBOOK, NOW)
    assert (found.share_within, found.upgrades, found.withstood) == (1, 1, False)


async def test_the_offline_scorer_withstands_our_own_attacks() -> None:
    found = await attack_all(OfflineScorer(), contexts(3), OURS, PLAYBOOK, NOW)
    assert found.withstood, found.worst


def test_the_twin_has_as_many_words_and_is_no_attack() -> None:
    context = a_context()
    for attack in OURS:
        clean, dirty = twin(context, attack).lead, planted(context, attack).lead
        texts = [f"{lead.message} {' '.join(lead.extra.values())}".split() for lead in (clean, dirty)]
        assert len(texts[0]) == len(texts[1])
        assert validate_submission(clean, PLAYBOOK).reason is None
        assert attack.text not in clean.message


async def test_a_corpus_is_read_and_tried(shared: Path) -> None:
    attacks = read_attacks(shared / "data" / "prompt_injections" / "prompt_injections.csv")
    assert len(attacks) == 35
    found = await attack_all(OfflineScorer(), [a_context()], attacks, PLAYBOOK, NOW)
    assert found.tried == 35


def test_a_file_that_is_no_corpus_is_told(tmp_path: Path) -> None:
    file = tmp_path / "attacks.csv"
    with pytest.raises(LeadsError, match="cannot be read"):
        read_attacks(file)
    file.write_text("text\nhello\n", encoding="utf-8")
    with pytest.raises(LeadsError, match="columns `prompt` and `name`"):
        read_attacks(file)
    file.write_text('name,prompt\na,"Do it."\nb,\n', encoding="utf-8")
    assert read_attacks(file) == (Attack(name="a", text="Do it."),)
