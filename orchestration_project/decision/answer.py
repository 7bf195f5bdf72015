"""Judging what a model answered: a score that can be trusted, or the status that says why there is none.

Asking is `ai_scorer.py`; nothing here reaches outside.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestration_project.connectors.ai.interface import Answer
from orchestration_project.decision.cost import priced
from orchestration_project.decision.evidence import sort_quotes
from orchestration_project.decision.own_words import may_open
from orchestration_project.links import without_links
from orchestration_project.model import Context, Score, ScoreStatus, Scoring, Usage
from orchestration_project.playbook.model import Playbook

LOWEST, HIGHEST = 0, 10
MAX_RATIONALE = 1_200
MAX_OPENING = 300
MAX_QUOTES = 5
MAX_QUOTE = 300
_READ = 8_000  # characters of a text that are looked at; a rationale asked for in sentences is far shorter


class _Reply(BaseModel):
    """The answer's shape, the same that `prompt.py` describes to the model."""

    model_config = ConfigDict(strict=True, extra="forbid")

    score: int
    service: str | None
    category: str
    rationale: str
    evidence: list[str]
    confidence: Annotated[float, Field(ge=0, le=1)]
    opening: str


class _NoScoreError(Exception):
    def __init__(self, status: ScoreStatus, explanation: str) -> None:
        super().__init__(explanation)
        self.status = status
        self.explanation = explanation


def judge_answer(answer: Answer, context: Context, playbook: Playbook, scorer_name: str) -> Scoring:
    """The model's answer as a score, or the status that says why there is none; in both cases with what it
    cost. Never raises for what a model wrote."""
    scoring = Scoring(
        ref=context.ref,
        status=ScoreStatus.SCORED,
        scorer=scorer_name,
        model=answer.model,
        usage=_with_cost(answer, playbook),
    )
    try:
        reply = _read(answer, playbook)
        quotes, note = _evidence(reply, context)
    except _NoScoreError as no_score:
        return scoring.model_copy(update={"status": no_score.status, "explanation": no_score.explanation})
    score = Score(
        value=reply.score,
        service=reply.service,
        category=reply.category,
        rationale=_shortened(without_links(reply.rationale[:_READ]), MAX_RATIONALE),
        evidence=quotes,
        confidence=reply.confidence,
        opening=_safe_opening(reply.opening, context, playbook),
    )
    return scoring.model_copy(update={"score": score, "explanation": note})


def _read(answer: Answer, playbook: Playbook) -> _Reply:
    if answer.refusal is not None:
        raise _NoScoreError(ScoreStatus.REFUSED, "The model refused to score this lead.")
    if answer.cut_off:
        raise _NoScoreError(ScoreStatus.MALFORMED, "The answer was cut off at a length limit.")
    try:
        reply = _Reply.model_validate_json(answer.text or "")
    except ValidationError as error:
        # the field and the kind of mistake only: the rest of the error quotes the answer
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = first["loc"][0] if first["loc"] and first["type"] != "extra_forbidden" else "answer"
        told = f"The answer does not have the agreed form ({where}: {first['type']})."
        raise _NoScoreError(ScoreStatus.MALFORMED, told) from None
    if reply.service is not None and reply.service not in {topic.name for topic in playbook.services}:
        told = "The answer names a service the playbook does not have."
        raise _NoScoreError(ScoreStatus.MALFORMED, told)
    if reply.category not in {topic.name for topic in playbook.categories}:
        told = "The answer names a category the playbook does not have."
        raise _NoScoreError(ScoreStatus.MALFORMED, told)
    if not LOWEST <= reply.score <= HIGHEST:
        told = f"The score is off the scale from {LOWEST} to {HIGHEST}."
        raise _NoScoreError(ScoreStatus.OFF_SCALE, told)
    return reply


def _evidence(reply: _Reply, context: Context) -> tuple[tuple[str, ...], str]:
    quotes, made_up = sort_quotes(reply.evidence, context.lead, context.standing.said_before)
    if made_up and not quotes:
        told = "None of the quoted evidence occurs in the submission."
        raise _NoScoreError(ScoreStatus.UNSUPPORTED, told)
    given = len(quotes) + len(made_up)
    note = f"{len(made_up)} of {given} quotes do not occur in the submission and were dropped."
    return tuple(quote[:MAX_QUOTE] for quote in quotes[:MAX_QUOTES]), note if made_up else ""


def _with_cost(answer: Answer, playbook: Playbook) -> Usage:
    # a service answers with a name of its own for the model: gpt-6.1-terra-2026-10-26, openai/gpt-6.1-terra
    return priced(answer.usage, playbook.ai.price(answer.model, playbook.ai.model))


def _safe_opening(text: str, context: Context, playbook: Playbook) -> str:
    """It goes into a mail: rather no opening than one that says what we have not said."""
    usable = len(text) <= MAX_OPENING and may_open(text, context.lead, playbook)
    return " ".join(text.split()) if usable else ""


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
