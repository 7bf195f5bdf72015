"""Which track a lead takes: the first whose condition holds, from top to bottom of the playbook.

What the track then does belongs to the action layer.
"""

from datetime import datetime

from orchestration_project.errors import PlaybookError
from orchestration_project.model import AI_AWAY, Context, Decision, Score, Scoring
from orchestration_project.playbook.model import Playbook
from orchestration_project.playbook.tracks import Condition, ScoreRange

LOWEST, HIGHEST = 0, 10


def route(scoring: Scoring, context: Context, playbook: Playbook, now: datetime) -> Decision:
    """Raises PlaybookError where no track takes the lead: it must not vanish without a word."""
    track, why = _find_track(scoring, context, playbook)
    return Decision(
        ref=scoring.ref,
        scoring=scoring,
        track=track,
        why_track=why,
        playbook_version=playbook.version,
        decided_at=now,
    )


def reroute(
    scoring: Scoring,
    context: Context,
    playbook: Playbook,
    now: datetime,
    *,
    before: Decision,
    irreversible: str | None,
) -> Decision:
    """For a lead that was acted upon by the scorecard's score, once the AI has scored it. It takes a better
    track, one further up in the playbook, unless something was done that cannot be taken back."""
    decision = route(scoring, context, playbook, now)
    if scoring.status in AI_AWAY:
        return decision.model_copy(update={"track": before.track, "why_track": before.why_track})
    names = [track.name for track in playbook.tracks]
    if before.track not in names or decision.track == before.track:
        return decision
    if names.index(decision.track) > names.index(before.track):
        kept = f"it was acted upon while the AI was away; by the AI's score it would be {decision.track}"
    elif irreversible is not None:
        kept = f"{irreversible} already; by the AI's score it would be {decision.track}"
    else:
        return decision
    return decision.model_copy(update={"track": before.track, "why_track": kept})


def _find_track(scoring: Scoring, context: Context, playbook: Playbook) -> tuple[str, str]:
    score = scoring.score
    if score is None:
        status = scoring.status.value.replace("_", " ")
        # without a score the scorecard has the word, unless the playbook names a track for this
        fallback = playbook.fallback_track or playbook.tracks[-1].name
        return playbook.track(fallback).name, f"there is no score ({status})"
    for track in playbook.tracks:
        reasons = _reasons(track.when, score, context)
        if reasons is not None:
            return track.name, " and ".join(reasons) or "it takes every lead"
    raise PlaybookError(
        f"playbook.yaml: no track takes a lead with score {score.value}, service {score.service or 'none'}, "
        f"category {score.category or 'none'}. Add a last track whose `when` covers it."
    )


def _reasons(when: Condition, score: Score, context: Context) -> list[str] | None:
    """Each part of the condition in words; None as soon as one does not hold."""
    lead = context.lead
    known = context.standing.kind == "known_contact"
    reasons: list[str] = []
    if when.score is not None:
        if not when.score.lowest <= score.value <= when.score.highest:
            return None
        reasons.append(f"score {score.value} is {_in_words(when.score)}")
    for name, value, wanted in (
        ("service", score.service, when.service),
        ("category", score.category, when.category),
        ("region", lead.person.region, when.region),
        ("language", lead.language, when.language),
    ):
        if wanted:
            if value not in wanted:
                return None
            reasons.append(f"{name} is {value}")
    if when.known_contact is not None:
        if known != when.known_contact:
            return None
        reasons.append("the person is a known contact" if known else "the person is new to us")
    return reasons


def _in_words(wanted: ScoreRange) -> str:
    if wanted.lowest == wanted.highest:
        return f"exactly {wanted.lowest}"
    if wanted.highest >= HIGHEST:
        return f"{wanted.lowest} or more"
    if wanted.lowest <= LOWEST:
        return f"{wanted.highest} or less"
    return f"from {wanted.lowest} to {wanted.highest}"
