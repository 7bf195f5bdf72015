"""Leads that a person has to look at: one line in chat, nothing else outside, and the way on."""

from typing import Any

import pytest

from orchestration_project.decision import validate as validating
from orchestration_project.ledger.checks import ToCheck
from orchestration_project.model import Context, Doubt, DoubtKind, Ref, Verdict
from orchestration_project.orchestration import decision_ops
from orchestration_project.orchestration.to_check import NAMED, line
from orchestration_project.playbook.model import Playbook
from orchestration_project_tests.orchestration.conftest import World

Payload = dict[str, Any]


@pytest.fixture
def doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who writes of VAT is doubted."""

    def validate(context: Context, playbook: Playbook) -> Verdict:
        if "VAT" in context.lead.message:
            return Verdict(ref=context.ref, doubts=(Doubt(kind=DoubtKind.MAYBE_SPAM, says="It looks odd."),))
        return validating.validate(context, playbook)

    monkeypatch.setattr(decision_ops, "validate_lead", validate)


def test_of_a_doubtful_lead_nothing_is_written_outside_but_one_line_until_a_person_has_looked(
    world: World, priority_lead: Payload, nurture_lead: Payload, doubtful: None
) -> None:
    one, two, fine = world.submit(
        priority_lead, priority_lead | {"id": "p2", "email": "b@hill-joinery.example"}, nurture_lead
    )
    world.run()
    for ref in (one, two):
        lead = world.lead(ref)
        assert (lead.status, lead.reason, lead.score, lead.actions) == ("to_check", "maybe_spam", None, ())
    assert world.lead(fine).status == "done"
    assert not any("outbox" in file or "folders" in file for file in world.files())
    log = (world.home / "chat.log").read_text()
    assert log.count(one) == log.count(two) == 2, "in the key of the line, or the line, and nowhere else"
    world.ledger.by_hand.let_go_on([one])
    world.run()
    assert (world.lead(one).status, world.lead(one).track) == ("done", "priority")
    assert world.lead(two).status == "to_check"


def test_the_line_names_some_and_counts_the_others() -> None:
    leads = [
        ToCheck(ref=Ref(f"L-{number}"), reason="maybe_spam", explanation="", told=False)
        for number in range(NAMED + 90)
    ]
    told = line(leads)
    assert "L-0 (maybe spam)" in told
    assert "and 90 more (90 maybe spam)" in told
    assert len(told) < 600
