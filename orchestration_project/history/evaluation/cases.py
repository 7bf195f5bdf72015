"""Eval cases: leads whose right decision is known, one YAML file each in `playbook/evals/`.

They are run against any scorer before a change of the rules goes live. Making a case of a lead, without the
person, is in `new_case.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, JsonValue, ValidationError, model_validator

from orchestration_project.data.language import detect_language
from orchestration_project.data.normalise import normalise
from orchestration_project.decision.scorer import Scorer
from orchestration_project.decision.validate import validate_submission
from orchestration_project.history.evaluation.trying import SIDE_BY_SIDE, Tried, try_all
from orchestration_project.model import (
    CompanyProfile,
    Context,
    Finding,
    Frozen,
    Reason,
    Ref,
    Standing,
    Submission,
    WebPage,
)
from orchestration_project.playbook.capabilities import Capabilities, Names
from orchestration_project.playbook.mistakes import Mistake, playbook_error, refuse
from orchestration_project.playbook.model import Playbook
from orchestration_project.playbook.track_shapes import ScoreShape
from orchestration_project.playbook.translate import shape_mistakes
from orchestration_project.playbook.values import Category, OneOrMany, Service, Text, Texts, TrackRef
from orchestration_project.playbook.yaml_file import read_yaml

FOLDER = "evals"
_SOURCE = "eval case"
_RECEIVED = datetime(2100, 1, 1, tzinfo=UTC)
"""Later than any lead says it was sent: what a case is decides, not when it is run."""


class Expected(Frozen):
    """What is right of the lead; what is not named may be anything."""

    track: TrackRef | None = None
    score: ScoreShape | None = None
    service: Service | None = None
    category: Category | None = None
    quarantined: Reason | None = None

    @model_validator(mode="after")
    def _expects_something(self) -> "Expected":
        decided = self.model_fields_set - {"quarantined"}
        if not self.model_fields_set:
            raise refuse("Nothing is expected.", "Name a track, a score or `quarantined`.")
        if self.quarantined and decided:
            raise refuse(
                f"What is quarantined has no {', '.join(sorted(decided))}.", "Expect one or the other."
            )
        return self


class MustNot(Frozen):
    track: Annotated[tuple[TrackRef, ...], OneOrMany] = ()
    say: Texts = ()  # in rationale or opening, in any case


class EvalCase(Frozen):
    what: Text  # what it is there for
    lead: Annotated[dict[str, JsonValue], Field(min_length=1)]  # as the form sends it
    known_contact: bool = False
    expect: Expected
    must_not: MustNot = MustNot()
    hard: str = ""  # why it is known to fail; it is told, and fails nothing


class CaseResult(Frozen):
    name: str
    what: str
    got: str  # `nurture, 6/10`, or `quarantined: spam`
    wrong: tuple[str, ...] = ()  # a sentence each
    hard: str = ""

    @property
    def passed(self) -> bool:
        return not self.wrong

    @property
    def counts_against(self) -> bool:
        return not self.passed and not self.hard


def load_cases(folder: Path, playbook: Playbook) -> dict[str, EvalCase]:
    """By the names of their files. No folder, no cases. Raises PlaybookError, whose text lists every mistake:
    a case that expects a track which is gone is one."""
    cases: dict[str, EvalCase] = {}
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.yaml")):
        yaml, found = read_yaml(path, f"{folder.parent.name}/{folder.name}/{path.name}")
        mistakes += found
        if yaml is None or found:
            continue
        try:
            cases[path.stem] = EvalCase.model_validate(yaml.data, context=_names(playbook))
        except ValidationError as error:
            mistakes += shape_mistakes(yaml, EvalCase, error)
    if mistakes:
        raise playbook_error(mistakes)
    return cases


async def run_cases(
    cases: Mapping[str, EvalCase],
    scorer: Scorer,
    playbook: Playbook,
    now: datetime,
    *,
    side_by_side: int = SIDE_BY_SIDE,
) -> tuple[CaseResult, ...]:
    """Each goes the way of a lead up to its decision: made regular, validated, scored, routed. Nothing is
    looked up outside and nothing acts."""
    contexts = {name: context_of(name, case, playbook) for name, case in cases.items()}
    verdicts = {name: validate_submission(context.lead, playbook) for name, context in contexts.items()}
    genuine = [name for name, verdict in verdicts.items() if verdict.reason is None]
    tried = await try_all(
        scorer, [contexts[name] for name in genuine], playbook, now, side_by_side=side_by_side
    )
    decided = dict(zip(genuine, tried, strict=True))
    return tuple(
        _judge(name, case, decided[name])
        if name in decided
        else _judge_quarantined(name, case, verdicts[name].reason)
        for name, case in cases.items()
    )


def context_of(name: str, case: EvalCase, playbook: Playbook) -> Context:
    """The lead of a case as the decision layer sees one whose website and company were not looked up."""
    submission = Submission(
        ref=Ref(name), source=_SOURCE, external_id=name, received_at=_RECEIVED, payload=case.lead
    )
    lead = normalise(submission, playbook.business, {}, playbook.limits)
    lead = lead.model_copy(update={"language": detect_language(lead.message)})
    return Context(
        lead=lead,
        standing=Standing(kind="known_contact" if case.known_contact else "new"),
        website=Finding[WebPage](status="not_asked"),
        company=Finding[CompanyProfile](status="not_asked"),
    )


def _judge(name: str, case: EvalCase, tried: Tried) -> CaseResult:
    expect, score = case.expect, tried.scoring.score
    wrong: list[str] = []
    if expect.quarantined:
        wrong.append(f"It went through, and should wait in quarantine as {expect.quarantined.value}.")
    if expect.track and tried.track != expect.track:
        wrong.append(f"It took {tried.track} and not {expect.track}: {tried.why_track}.")
    if expect.score and (score is None or not expect.score.lowest <= score.value <= expect.score.highest):
        wrong.append(
            f"Its score is {'none' if score is None else score.value} and not from {expect.score.lowest} to "
            f"{expect.score.highest}."
        )
    for what, wanted in (("service", expect.service), ("category", expect.category)):
        given = getattr(score, what, None)
        if wanted and given != wanted:
            wrong.append(f"Its {what} is {given or 'none'} and not {wanted}.")
    if tried.track in case.must_not.track:
        wrong.append(f"It must not take {tried.track}.")
    said = f"{score.rationale}\n{score.opening}".casefold() if score else ""
    wrong += [f"It must not say {words!r}." for words in case.must_not.say if words.casefold() in said]
    got = f"{tried.track}, {tried.scoring.label}"
    return CaseResult(name=name, what=case.what, got=got, wrong=tuple(wrong), hard=case.hard)


def _judge_quarantined(name: str, case: EvalCase, reason: Reason | None) -> CaseResult:
    got, expected = reason.value if reason else "nothing", case.expect.quarantined
    wrong: tuple[str, ...] = ()
    if expected is None:
        wrong = (f"It is quarantined as {got}, and should go through.",)
    elif expected != reason:
        wrong = (f"It is quarantined as {got} and not as {expected.value}.",)
    return CaseResult(name=name, what=case.what, got=f"quarantined: {got}", wrong=wrong, hard=case.hard)


def failures(results: Sequence[CaseResult]) -> tuple[CaseResult, ...]:
    return tuple(result for result in results if result.counts_against)


def _names(playbook: Playbook) -> Names:
    nothing = Capabilities(actions=frozenset(), follow_ups=frozenset(), connectors={}, reserved=frozenset())
    return Names(
        nothing,
        frozenset(service.name for service in playbook.services),
        frozenset(category.name for category in playbook.categories),
        frozenset(track.name for track in playbook.tracks),
    )
