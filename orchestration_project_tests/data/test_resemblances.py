"""Of whom somebody who writes is told to be maybe the same person, and how often."""

from datetime import timedelta

from orchestration_project.data.same_person import resemblances
from orchestration_project.model import EarlierLead, Lead, Person, Ref
from orchestration_project_tests.action.briefs import LEAD


def wrote(number: int, email: str) -> Lead:
    person = Person(full_name="Anna Becker", email=email)
    at = LEAD.submitted_at - timedelta(hours=number)
    company = LEAD.company.model_copy(update={"name": "Becker Interiors"})
    return LEAD.model_copy(
        update={"ref": Ref(f"L-{number:010}"), "person": person, "submitted_at": at, "company": company}
    )


def earlier(lead: Lead) -> EarlierLead:
    return EarlierLead(ref=lead.ref, submitted_at=lead.submitted_at, stands=True)


def test_one_person_who_wrote_several_times_is_told_once_and_every_message_of_the_same_one_counts() -> None:
    now = wrote(0, "becker.anna@web.de")
    before = [
        wrote(1, "anna.becker@gmial.com"),
        wrote(2, "annabecker+tax@googlemail.com"),
        wrote(3, "anna.becker@gmail.com"),
        wrote(4, "anna@beckerinteriors.com"),
        wrote(5, "becker.anna@web.de"),
        wrote(6, "becker.anna@web.de"),
    ]
    met = resemblances(now, [(earlier(each), each) for each in before])
    assert [(each.kind, each.ref) for each in met] == [
        ("same", before[4].ref),
        ("same", before[5].ref),
        ("maybe", before[0].ref),
        ("maybe", before[3].ref),
    ]
