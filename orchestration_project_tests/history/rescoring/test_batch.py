"""Questions by the file: handed in once, whoever dies in between, at half the price, and no file is left."""

from collections.abc import Iterator
from decimal import Decimal

import anyio
import httpx
import pytest
from pydantic import SecretStr

from orchestration_project.connectors.ai.openai import OpenAiModel
from orchestration_project.connectors.ai.openai_batch import OpenAiBatches
from orchestration_project.fake_services.openai import KEY, FakeOpenAi
from orchestration_project.history.rescoring.batch import BatchRescoring
from orchestration_project.history.rescoring.rescore import Tally
from orchestration_project.ledger.batches import Batch
from orchestration_project.model import Context
from orchestration_project_tests.connectors.services import violations
from orchestration_project_tests.decision.samples import PLAYBOOK
from orchestration_project_tests.history.rescoring.test_rescore import WANTED, Trial, trial

__all__ = ["trial"]
PRICE = Decimal("0.01")


class Killed(BaseException):
    """The process is."""


@pytest.fixture
def service() -> Iterator[FakeOpenAi]:
    with FakeOpenAi() as running:
        yield running


def run(trial: Trial, service: FakeOpenAi, limit: Decimal | None = None, dies_at: str = "") -> Tally:
    """`dies_at`: the method after whose call the process is gone."""

    async def sleep(_seconds: float) -> None:
        """A look later."""
        if dies_at == "sleep":
            raise Killed

    async def work() -> Tally:
        async with httpx.AsyncClient() as http:
            model = OpenAiModel(http, SecretStr(KEY), httpx.URL(service.base_url))
            batches = OpenAiBatches(model)
            return await BatchRescoring(
                service=batches,
                playbook=PLAYBOOK,
                batches=trial.ledger.batches,
                spend=trial.ledger.spend,
                limit=limit,
                expected=PRICE,
                clock=trial.ledger.clock,
                read=lambda refs: trial.ledger.facts.read(Context, refs),
                keep=trial.ledger.rescored.keep,
                sleep=sleep,
            ).run(trial.ledger.rescored.todo(WANTED))

    return anyio.run(work)


def test_all_are_asked_in_one_file_kept_and_paid_at_half_the_price(trial: Trial, service: FakeOpenAi) -> None:
    assert run(trial, service) == Tally(scored=30)
    assert trial.kept() == set(trial.refs)
    assert len(service.batches.batches) == 1
    assert service.batches.files == {}, "people's words are deleted at the service"
    spent = trial.ledger.spend.since(trial.ledger.clock())
    usage = trial.ledger.spend.usual("gpt-6.1-terra-stand-in")
    assert usage is not None
    price = PLAYBOOK.ai.prices[PLAYBOOK.ai.model]
    full = usage.input_tokens * price.input + usage.output_tokens * price.output
    assert spent == pytest.approx(30 * full / 2 / 1_000_000, rel=Decimal("0.01"))
    assert run(trial, service) == Tally(scored=0)
    assert len(service.batches.asked) == 30
    json_requests = [sent for sent in service.requests if not sent.path.endswith("/files")]
    assert violations("openai", json_requests, answers=service.answers) == []


def test_what_was_handed_in_is_collected_by_whoever_comes_next(trial: Trial, service: FakeOpenAi) -> None:
    with pytest.raises(Killed):
        run(trial, service, dies_at="sleep")
    assert trial.kept() == set()
    assert run(trial, service) == Tally(scored=30)
    assert len(service.batches.asked) == 30, "nothing was asked twice"


def test_a_batch_whose_id_got_lost_is_found_by_its_key_and_one_that_never_arrived_is_handed_in(
    trial: Trial, service: FakeOpenAi
) -> None:
    with pytest.raises(Killed):
        run(trial, service, dies_at="sleep")
    (known,) = trial.ledger.batches.open(PLAYBOOK.version, "OpenAI")
    with trial.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE leads.ai_batches SET batch_id = NULL")
    assert run(trial, service) == Tally(scored=30)
    assert len(service.batches.asked) == 30
    lost = Batch(
        key="never arrived",
        batch_id=None,
        playbook_version=PLAYBOOK.version,
        scorer="OpenAI",
        asked=known.asked[:2],
    )
    trial.ledger.batches.begin(lost)
    run(trial, service)
    assert len(service.batches.asked) == 32
    assert trial.ledger.batches.open(PLAYBOOK.version, "OpenAI") == []


def test_what_expired_without_an_answer_is_left_and_asked_again_next_time(
    trial: Trial, service: FakeOpenAi
) -> None:
    service.batches.ends_as = "expired"
    assert run(trial, service) == Tally(scored=15, left=15)
    service.batches.ends_as = "completed"
    assert run(trial, service) == Tally(scored=15)
    assert len(service.batches.asked) == 45


def test_no_more_is_handed_in_than_the_limit_is_enough_for(trial: Trial, service: FakeOpenAi) -> None:
    tally = run(trial, service, limit=10 * PRICE / 2)
    assert tally.scored == 10
    assert "enough for 10 of 30 questions" in tally.stopped
    assert len(service.batches.asked) == 10
