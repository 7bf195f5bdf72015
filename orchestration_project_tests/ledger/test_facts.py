"""What ops hand to one another: in order, whole, and replaced when a step is tried again."""

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.facts import Place
from orchestration_project.model import Delivery, Ref, Verdict

PLACE = Place("run", "decision.validate", "quarantined")


def leads(ledger: Ledger, number: int) -> list[Ref]:
    return [
        item.ref
        for item in ledger.submissions.store(
            "inbox", [Delivery(external_id=str(index), raw=b"{}") for index in range(number)]
        )
    ]


def verdicts(refs: list[Ref], explanation: str = "") -> list[Verdict]:
    return [Verdict(ref=ref, explanation=explanation) for ref in refs]


def kept(ledger: Ledger, place: Place = PLACE) -> list[Verdict]:
    return [Verdict.model_validate(value) for value in ledger.facts.read(place)]


def test_items_come_back_in_their_order(ledger: Ledger) -> None:
    written = verdicts(leads(ledger, 12)[::-1])
    ledger.facts.write(PLACE, written)
    assert kept(ledger) == written


def test_each_place_keeps_its_own(ledger: Ledger) -> None:
    one, other = leads(ledger, 2)
    for place, ref in (
        (PLACE, one),
        (Place("run", PLACE.step, "genuine"), other),
        (Place("2", *"xy"), other),
    ):
        ledger.facts.write(place, verdicts([ref]))
    assert [item.ref for item in kept(ledger)] == [one]
    assert kept(ledger, Place("another run", PLACE.step, PLACE.output)) == []


def test_writing_again_replaces_the_values_and_the_order(ledger: Ledger) -> None:
    refs = leads(ledger, 3)
    ledger.facts.write(PLACE, verdicts(refs))
    again = verdicts(refs[::-1], "again")
    ledger.facts.write(PLACE, again)
    assert kept(ledger) == again


def test_a_lead_that_the_second_try_left_out_does_not_come_back(ledger: Ledger) -> None:
    refs = leads(ledger, 3)
    ledger.facts.write(PLACE, verdicts(refs))
    ledger.facts.write(PLACE, verdicts(refs[1:]))
    assert [item.ref for item in kept(ledger)] == refs[1:]
    ledger.facts.write(PLACE, [])
    assert kept(ledger) == []
