"""What systems say of things that we made: learned once by the leads whose they are, and gone when gone."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from orchestration_project.data.records import rules_of
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.copies import Copy
from orchestration_project.ledger.submissions import make_ref
from orchestration_project.model import Delivery, Ref
from orchestration_project.model.records import NO, Change, Item, Told
from orchestration_project.playbook.records import Records
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import introduce

REF, OTHER = (make_ref("inbox", str(number)) for number in range(2))
RULES = rules_of(Records())
Learn = Callable[..., tuple[Change, ...]]


@pytest.fixture
def learn(ledger: Ledger, clock: HandClock) -> Learn:
    """Two leads of one contact, number 7 in the CRM."""
    ledger.submissions.store("inbox", [Delivery(external_id=str(number), raw=b"{}") for number in range(2)])
    introduce(ledger, REF, OTHER)
    ids = {lead.ref: lead.lead_id for lead in map(ledger.follow_ups.lead, (REF, OTHER)) if lead is not None}
    written: dict[Item, str] = {"email": "jane@acme.example", "name": "Jane Doe"}
    copies = [
        Copy(
            ref=ref,
            lead_id=ids[ref],
            system="crm",
            service="hubspot",
            outside_id="7",
            at=clock(),
            written=written,
        )
        for ref in (REF, OTHER)
    ]
    ledger.copies.adopt(copies, clock())

    def told(
        values: dict[Item, str] | None = None, service: str = "hubspot", **other: object
    ) -> tuple[Change, ...]:
        clock.forward(minutes=10)
        known: dict[Item, str] = {"email": "Jane@acme.example", "name": "Jane Doe", **(values or {})}
        one = Told.model_validate({"outside_id": "7", "values": known, **other})
        return ledger.copies.learn("crm", service, [one], RULES)

    return told


def events(ledger: Ledger, ref: Ref = REF) -> list[str]:
    return [event.event for event in ledger.stories.tell(ref).events]


def test_a_change_is_learned_by_every_lead_of_the_contact_and_once(ledger: Ledger, learn: Learn) -> None:
    assert learn() == ()
    changes = learn({"name": "Jane\tvan Doe"})
    assert [(each.ref, each.item, each.after) for each in changes] == [
        (REF, "name", "Jane\tvan Doe"),
        (OTHER, "name", "Jane\tvan Doe"),
    ]
    assert learn({"name": "Jane van  DOE"}) == (), "as the service has tidied it up"
    assert set(ledger.held.pending("learn", 10)) == {REF, OTHER}
    assert events(ledger).count("name changed") == 1
    (back,) = {each.after for each in learn({"name": "Jane Doe"})}
    assert back == "Jane Doe", "to change it back is a change, too"


def test_what_another_service_says_of_its_number_seven_is_nothing_to_us(ledger: Ledger, learn: Learn) -> None:
    assert learn({"name": "Bob"}, service="pipedrive") == ()
    changes = learn({"name": "Bob", "email": "bob@else.example"})
    assert changes == (), "the first look finds somebody else"
    assert ledger.copies.outside_ids(REF) == {}


def test_a_thing_that_is_gone_is_told_once_and_comes_back_when_it_does(ledger: Ledger, learn: Learn) -> None:
    learn()
    for _ in range(2):
        learn(gone=True)
    assert events(ledger).count("gone from the CRM") == 1
    assert ledger.copies.outside_ids(REF) == {}
    learn()
    assert ledger.copies.outside_ids(REF) == {"crm": "7"}
    learn(now_id="9")
    assert ledger.copies.outside_ids(REF) == {"crm": "9"}
    assert "merged in the CRM" in events(ledger)


def test_what_is_changed_while_it_is_learned_is_learned_once_more(ledger: Ledger, learn: Learn) -> None:
    learn({"name": "Jane One"})
    read = ledger.held.of([REF])[REF]
    learn({"name": "Jane Two"})
    ledger.held.learned(REF, read, None, None)
    assert REF in ledger.held.pending("learn", 10)
    ledger.held.learned(REF, ledger.held.of([REF])[REF], None, None)
    assert ledger.held.pending("learn", 10) == (OTHER,)
    assert [one.pending for one in ledger.held.of([REF])[REF] if one.pending] == ["carry"]
    assert ledger.held.pending("carry", 10) == (), "nobody has gone through the lead yet"


def test_a_withdrawal_holds_for_the_person_until_somebody_of_ours_knows_better(
    ledger: Ledger, learn: Learn, clock: HandClock
) -> None:
    assert ledger.consents.withdrawn([REF]) == {}
    learn({"consent": NO})
    assert ledger.consents.withdrawn([REF])[REF].system == "crm"
    clock.forward(minutes=1)
    assert ledger.consents.say(REF, withdrawn=False)
    assert REF not in ledger.consents.withdrawn([REF])
    clock.forward(minutes=1)
    ledger.consents.say(REF, withdrawn=True)
    assert REF in ledger.consents.withdrawn([REF])
    assert not ledger.consents.say(Ref("L-NOBODY"), withdrawn=True)


def test_the_longest_unseen_are_looked_at_first_and_not_again_at_once(
    ledger: Ledger, learn: Learn, clock: HandClock
) -> None:
    clock.forward(minutes=1)
    assert ledger.copies.next_looks("crm", "hubspot", 10, clock()) == ("7",)
    learn()
    assert ledger.copies.next_looks("crm", "hubspot", 10, clock() - timedelta(hours=1)) == ()


def test_a_copy_that_is_gone_differs_from_nothing_any_more(ledger: Ledger, learn: Learn) -> None:
    learn({"name": "Jane van Doe"})
    ledger.held.learned(REF, ledger.held.of([REF])[REF], None, None)
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO leads.copy_values (lead_id, system, item, says) "
            "SELECT id, 'sequence', 'name', 'Janie Doe' FROM leads.submissions WHERE ref = %s",
            (REF,),
        )
    assert {one.system for _, some in ledger.held.perhaps_different(10) for one in some} >= {
        "crm",
        "sequence",
    }
    learn({"name": "Jane van Doe"}, gone=True)
    ((_, left),) = ledger.held.perhaps_different(10, ref=REF)
    assert "crm" not in {one.system for one in left}
    assert {one.system for one in ledger.held.of([REF])[REF]} >= {"crm"}, "the lead keeps what it said last"
