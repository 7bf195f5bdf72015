"""What a model's confidence is worth, by how often people agreed: labels enough, or nothing."""

import random

from orchestration_project.decision.calibration import calibrated
from orchestration_project.decision.offline import score_by_rules
from orchestration_project.decision.second_opinion import second_opinion
from orchestration_project.history.evaluation.calibrate import LEAST, Calibrated, calibrate
from orchestration_project.ledger.calibrations import Judged
from orchestration_project.model import Curve, ScoreStatus, Scoring
from orchestration_project_tests.action.briefs import SCORE
from orchestration_project_tests.decision.samples import PLAYBOOK, a_context


def boaster(many: int, seed: int = 3) -> list[Judged]:
    """Says 0.9 of everything above the middle, and is right in half of that; else right in two of ten."""
    dice = random.Random(seed)
    said = [dice.choice((0.3, 0.6, 0.9)) for _ in range(many)]
    return [
        Judged(confidence=each, agreed=dice.random() < {0.3: 0.2, 0.6: 0.5, 0.9: 0.55}[each]) for each in said
    ]


def curve_of(found: Calibrated, labels: int) -> Curve:
    return Curve(points=found.points, labels=labels)


def test_a_boaster_is_believed_as_far_as_people_agreed() -> None:
    judged = boaster(300)
    found = calibrate(judged)
    curve = curve_of(found, len(judged))
    assert 0.1 < curve.at(0.3) < 0.3
    assert 0.4 < curve.at(0.9) < 0.7
    assert [curve.at(step / 10) for step in range(11)] == sorted(curve.at(step / 10) for step in range(11))
    new = boaster(400, seed=9)
    error = sum((curve.at(each.confidence) - each.agreed) ** 2 for each in new) / len(new)
    own = sum((each.confidence - each.agreed) ** 2 for each in new) / len(new)
    assert error < own - 0.02


def test_with_too_few_labels_or_of_one_kind_it_says_so_and_nothing_is_used() -> None:
    few = calibrate(boaster(LEAST - 1))
    assert few.points == ()
    assert f"{LEAST} are needed" in few.words
    agreed = calibrate([Judged(confidence=0.9, agreed=True)] * 60)
    assert agreed.points == ()
    assert "5 of each are needed" in agreed.words
    assert calibrate([]).words.startswith("People have spoken of 0 decisions")


def test_a_model_whose_word_is_good_keeps_it() -> None:
    found = calibrate([Judged(confidence=float(n % 2), agreed=bool(n % 2)) for n in range(60)])
    assert found.points == ()
    assert "Its own word is no worse" in found.words


def scoring(scorer: str = "OpenAI") -> Scoring:
    context = a_context()
    # as the scorecard has it, so that nothing else is doubted
    value = score_by_rules(context, PLAYBOOK).value
    score = SCORE.model_copy(update={"value": value, "confidence": 0.9, "evidence": (context.lead.message,)})
    return Scoring(ref=context.ref, status=ScoreStatus.SCORED, score=score, scorer=scorer)


def test_what_people_seldom_agree_with_is_to_be_checked_and_told() -> None:
    low, high = (Curve(points=((0, 0.1), (1, share)), labels=48) for share in (0.4, 0.9))
    doubts = second_opinion(calibrated(scoring(), low), a_context(), PLAYBOOK)
    assert [doubt.kind.value for doubt in doubts] == ["unstable"]
    assert "people have agreed with only 37% of such decisions (48 were spoken of)" in doubts[0].says
    assert second_opinion(calibrated(scoring(), high), a_context(), PLAYBOOK) == ()


def test_the_scorecard_and_a_model_of_which_nothing_is_known_keep_their_word() -> None:
    curve = Curve(points=((0, 0.1), (1, 0.2)), labels=48)
    assert calibrated(scoring("offline"), curve) == scoring("offline")
    assert calibrated(scoring(), None) == scoring()
