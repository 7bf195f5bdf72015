"""Which decisions of a model people have spoken of, and the curve that is learned from them."""

from datetime import datetime

from orchestration_project.history.calibrating import learn_confidence
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.calibrations import Judged
from orchestration_project.model import Correction, CorrectionKind, Ref, Score, ScoreStatus, Scoring
from orchestration_project_tests.ledger.leads import a_carried
from orchestration_project_tests.ledger.test_decisions import decision


def decided(ledger: Ledger, now: datetime, name: str, confidence: float, said: Correction | None) -> Ref:
    lead = a_carried(ledger, name=name)
    score = Score(value=6, rationale="Fits.", confidence=confidence)
    scoring = Scoring(ref=lead.ref, status=ScoreStatus.SCORED, score=score, scorer="OpenAI")
    made = decision(lead.ref, now).model_copy(update={"scoring": scoring, "track": "nurture"})
    ledger.decisions.add(lead, made, "run")
    if said is not None:
        ledger.labels.correct(said.model_copy(update={"ref": lead.ref}))
    return lead.ref


def of(kind: CorrectionKind, **says: object) -> Correction:
    return Correction.model_validate({"ref": "L-x", "kind": kind, **says})


def test_who_names_the_same_track_or_nearly_the_same_score_agrees(ledger: Ledger, now: datetime) -> None:
    said = {
        "same track": of(CorrectionKind.TRACK, track="nurture"),
        "other track": of(CorrectionKind.TRACK, track="priority"),
        "near": of(CorrectionKind.SCORE, score=7),
        "far": of(CorrectionKind.SCORE, score=2),
        "of something else": of(CorrectionKind.GENUINE),
        "nothing": None,
    }
    for number, (name, word) in enumerate(said.items()):
        decided(ledger, now, name, 0.5 + number / 10, word)
    assert ledger.calibrations.judged() == (
        Judged(confidence=0.5, agreed=True),
        Judged(confidence=0.6, agreed=False),
        Judged(confidence=0.7, agreed=True),
        Judged(confidence=0.8, agreed=False),
    )


def test_what_was_learned_is_kept_by_version_and_few_labels_leave_the_model_its_word(
    ledger: Ledger, now: datetime
) -> None:
    assert ledger.calibrations.curve() is None
    decided(ledger, now, "one", 0.9, of(CorrectionKind.TRACK, track="priority"))
    assert ledger.calibrations.is_news()
    version = learn_confidence(ledger)
    assert (version.labels, version.agreed, version.live) == (1, 0, False)
    assert "30 are needed" in version.words
    assert not ledger.calibrations.is_news()
    ledger.calibrations.keep([(0.0, 0.1), (1.0, 0.6)], [], "made")
    curve = ledger.calibrations.curve()
    assert curve is not None
    assert curve.at(0.5) == 0.35
    learn_confidence(ledger)
    assert ledger.calibrations.curve() is None, "the newest counts"


def test_what_was_taken_back_no_longer_counts_and_a_later_word_does(ledger: Ledger, now: datetime) -> None:
    one = decided(ledger, now, "one", 0.9, of(CorrectionKind.TRACK, track="priority"))
    two = decided(ledger, now, "two", 0.4, of(CorrectionKind.SCORE, score=6))
    learn_confidence(ledger)
    assert not ledger.calibrations.is_news()
    ledger.labels.correct(of(CorrectionKind.TAKEN_BACK).model_copy(update={"ref": one}))
    assert ledger.calibrations.is_news(), "so the night learns anew, without it"
    assert ledger.calibrations.judged() == (Judged(confidence=0.4, agreed=True),)
    assert [row["ref"] for row in ledger.sides.verdicts(None, None)] == [two]
    ledger.labels.correct(of(CorrectionKind.TRACK, track="nurture").model_copy(update={"ref": one}))
    assert Judged(confidence=0.9, agreed=True) in ledger.calibrations.judged()


def test_unlearned_the_confidence_is_its_own_word_and_stays_so_until_people_speak(
    ledger: Ledger, now: datetime
) -> None:
    decided(ledger, now, "one", 0.9, of(CorrectionKind.TRACK, track="priority"))
    ledger.calibrations.keep([(0.0, 0.1), (1.0, 0.6)], [], "made")
    assert ledger.calibrations.unlearn()
    assert ledger.calibrations.curve() is None
    assert not ledger.calibrations.unlearn()
    assert not ledger.calibrations.is_news()
