"""Scoring leads anew: many at once, each answer kept as it comes, and no lead asked about twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import anyio
import anyio.lowlevel
import pytest

from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.history.rescoring.purse import TrialPurse
from orchestration_project.history.rescoring.rescore import PAUSES, Rescoring, Tally
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.rescored import Wanted
from orchestration_project.ledger.sides import Side
from orchestration_project.model import Context, Delivery, Ref, ScoreStatus, Scoring, Usage
from orchestration_project.playbook.model import Playbook
from orchestration_project_tests.decision.samples import PLAYBOOK, a_context
from orchestration_project_tests.ledger.leads import carry, introduce

AWAY = Scoring(ref=Ref("L-any"), status=ScoreStatus.UNAVAILABLE, scorer="OpenAI", explanation="It is away.")
REFUSED = AWAY.model_copy(update={"status": ScoreStatus.UNAUTHORISED, "explanation": "The key is refused."})
WANTED = Wanted(playbook_version=PLAYBOOK.version, scorer="OpenAI")


@dataclass
class Asked:
    """A scorer that keeps count, answers by the scorecard, and pays a tenth of a dollar for each answer."""

    purse: TrialPurse
    first: dict[Ref, list[Scoring]] = field(default_factory=dict)  # what it says before it has an answer
    asked: list[Ref] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    dies_after: int | None = None

    async def score(self, context: Context, playbook: Playbook) -> Scoring:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await anyio.lowlevel.checkpoint()
        try:
            return await self._score(context, playbook)
        finally:
            self.at_once -= 1

    async def _score(self, context: Context, playbook: Playbook) -> Scoring:
        try:
            await self.purse.open("OpenAI")
        except Exception as limit:  # noqa: BLE001 - as the real scorer does
            over = {"status": ScoreStatus.OVER_BUDGET, "explanation": str(limit)}
            return AWAY.model_copy(update=over)
        if self.dies_after is not None and len(self.asked) >= self.dies_after:
            raise Killed
        self.asked.append(context.ref)
        if says := self.first.get(context.ref):
            return says.pop(0)
        await self.purse.pay("gpt", Usage(input_tokens=10, output_tokens=2, cost_usd=Decimal("0.1")))
        return await OfflineScorer().score(context, playbook)


class Killed(BaseException):
    """The process is."""


@dataclass
class Trial:
    ledger: Ledger
    refs: tuple[Ref, ...]
    slept: list[float] = field(default_factory=list)

    def scorer(self, limit: Decimal | None = None) -> Asked:
        return Asked(TrialPurse(self.ledger.spend, limit, Decimal("0.1")))

    def run(self, scorer: Asked, wanted: Wanted = WANTED, *, side_by_side: int = 4) -> Tally:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        rescoring = Rescoring(
            scorer=scorer,
            asked="OpenAI",
            playbook=PLAYBOOK,
            purse=scorer.purse,
            clock=self.ledger.clock,
            read=self.read,
            keep=self.ledger.rescored.keep,
            side_by_side=side_by_side,
            sleep=sleep,
        )
        return anyio.run(rescoring.run, self.ledger.rescored.todo(wanted))

    def kept(self) -> set[Ref]:
        rows = self.ledger.sides.decided(Side(version=PLAYBOOK.version), None, None)
        return {row["ref"] for row in rows}

    def read(self, refs: Sequence[Ref]) -> Mapping[Ref, Context]:
        return self.ledger.facts.read(Context, refs)


@pytest.fixture
def trial(ledger: Ledger) -> Trial:
    """Thirty leads with what a score is made from."""
    deliveries = [Delivery(external_id=str(number), raw=b"{}") for number in range(30)]
    refs = tuple(stored.ref for stored in ledger.submissions.store("inbox", deliveries))
    introduce(ledger, *refs)
    leads = carry(ledger, *refs)
    sample = a_context()
    contexts = [
        sample.model_copy(update={"lead": sample.lead.model_copy(update={"ref": lead.ref})}) for lead in leads
    ]
    ledger.facts.write(leads, contexts, "run")
    ledger.outcomes.finish(leads, "run")
    return Trial(ledger, refs)


def test_each_lead_is_asked_about_once_and_so_many_side_by_side(trial: Trial) -> None:
    scorer = trial.scorer()
    assert trial.run(scorer) == Tally(scored=30)
    assert sorted(scorer.asked) == sorted(trial.refs)
    assert scorer.most_at_once == 4
    assert trial.kept() == set(trial.refs)


def test_the_second_time_nobody_is_asked(trial: Trial) -> None:
    trial.run(trial.scorer())
    again = trial.scorer()
    assert trial.run(again) == Tally(scored=0)
    assert again.asked == []


def test_nothing_is_among_the_live_decisions_and_no_lead_moves(trial: Trial) -> None:
    before = [line.status for line in trial.ledger.stories.list_leads()]
    trial.run(trial.scorer())
    assert trial.ledger.decisions.newest(trial.refs) == {}
    assert [line.status for line in trial.ledger.stories.list_leads()] == before


def test_after_a_kill_it_goes_on_where_it_was(trial: Trial) -> None:
    first = trial.scorer()
    first.dies_after = 11
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - a group of them
        trial.run(first, side_by_side=1)
    assert caught.group_contains(Killed)
    kept = trial.kept()
    second = trial.scorer()
    trial.run(second)
    assert set(second.asked) == set(trial.refs) - set(kept)
    assert len(kept) == 11, "each answer is kept before the next question"


def test_it_stops_before_the_limit_is_passed_and_keeps_what_it_has(trial: Trial) -> None:
    scorer = trial.scorer(limit=Decimal("1.05"))
    tally = trial.run(scorer, side_by_side=8)
    assert tally.scored == 10
    assert scorer.purse.spent == Decimal("1.0")
    assert "the limit is $1.05" in tally.stopped
    assert trial.run(trial.scorer()) == Tally(scored=20)


def test_its_money_is_not_the_live_intakes(trial: Trial) -> None:
    scorer = trial.scorer()
    scorer.purse.spend = type(trial.ledger.spend)(trial.ledger.engine, trial.ledger.clock, "rescore")
    trial.run(scorer)
    began = trial.ledger.clock().replace(hour=0)
    assert trial.ledger.spend.since(began) == 0
    assert scorer.purse.spend.since(began) == Decimal("3.0")


def test_what_has_no_answer_is_asked_again_after_growing_pauses(trial: Trial) -> None:
    scorer = trial.scorer()
    scorer.first = {trial.refs[0]: [AWAY, AWAY]}
    assert trial.run(scorer) == Tally(scored=30)
    assert trial.slept == list(PAUSES[:2])
    assert scorer.asked.count(trial.refs[0]) == 3


def test_what_has_no_answer_at_last_is_left_for_the_next_time(trial: Trial) -> None:
    scorer = trial.scorer()
    scorer.first = {trial.refs[0]: [AWAY] * (len(PAUSES) + 1)}
    assert trial.run(scorer) == Tally(scored=29, left=1)
    assert trial.run(trial.scorer()) == Tally(scored=1)


def test_a_refused_key_ends_it_at_once(trial: Trial) -> None:
    scorer = trial.scorer()
    scorer.first = {trial.refs[2]: [REFUSED]}
    tally = trial.run(scorer, side_by_side=1)
    assert (tally.scored, tally.stopped) == (2, "The key is refused.")
    assert len(scorer.asked) == 3


def test_a_sample_is_the_same_each_time_and_may_be_scored_several_times(trial: Trial) -> None:
    wanted = WANTED.model_copy(update={"sample": 5, "attempts": 3})
    first = trial.ledger.rescored.todo(wanted)
    assert first == trial.ledger.rescored.todo(wanted)
    assert len({ref for ref, _ in first}) == 5
    assert trial.run(trial.scorer(), wanted) == Tally(scored=15)
    assert trial.ledger.rescored.todo(wanted) == ()
    assert len(trial.ledger.rescored.todo(WANTED)) == 25


def test_whatever_is_in_quarantine_is_not_scored(trial: Trial) -> None:
    with trial.ledger.engine.begin() as connection:
        junk = "SELECT id FROM leads.submissions ORDER BY id LIMIT 15"
        connection.exec_driver_sql(f"UPDATE leads.work SET state = 'quarantined' WHERE lead_id IN ({junk})")
    assert trial.run(trial.scorer()) == Tally(scored=15)
