"""What the ledger knows of who sends: what others wrote, and what became of the sender before."""

from datetime import timedelta

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.people import Introduction
from orchestration_project.ledger.senders import Before, Written
from orchestration_project.model import Company, Lead, Person, Ref
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import carry, submit


def written(ledger: Ledger, name: str, email: str, message: str) -> Ref:
    (ref,) = submit(ledger, name=name, person=email)
    lead = Lead(
        ref=ref,
        source="inbox",
        external_id=name,
        submitted_at=ledger.clock(),
        person=Person(email=email),
        company=Company(),
        message=message,
    )
    ledger.people.introduce([Introduction(ref=ref, person_key=email, submitted_at=ledger.clock(), lead=lead)])
    return ref


def test_what_was_written_within_the_window_is_read_with_its_sender(ledger: Ledger, clock: HandClock) -> None:
    written(ledger, "old", "a@example.com", "of the day before yesterday")
    clock.forward(hours=30)
    ref = written(ledger, "new", "b@example.com", "of today")
    assert ledger.senders.written(timedelta(days=1)) == (
        Written(ref=ref, person_key="b@example.com", message="of today"),
    )


def test_who_was_refused_is_known_and_who_has_come_through_since_is_welcome(ledger: Ledger) -> None:
    first = written(ledger, "first", "a@example.com", "spam")
    ledger.by_hand.set_aside_as_spam([first])
    second = written(ledger, "second", "a@example.com", "again")
    other = written(ledger, "other", "b@example.com", "somebody else")
    assert ledger.senders.before([second, other]) == {second: Before(refused=True)}
    ledger.outcomes.finish(carry(ledger, second), "run")
    third = written(ledger, "third", "a@example.com", "once more")
    assert ledger.senders.before([third]) == {third: Before(welcome=True)}
