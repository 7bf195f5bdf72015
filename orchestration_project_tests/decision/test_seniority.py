"""How senior a job title is."""

import pytest

from orchestration_project.decision.seniority import seniority


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("Founder & CEO", "owner"),
        ("Co-Founder", "owner"),
        ("co founder", "owner"),
        ("Inhaberin", "owner"),
        ("CTO", "c_level"),
        ("Chief People Officer", "c_level"),
        ("Managing Director", "c_level"),
        ("Geschäftsführer", "c_level"),
        ("Vice President Sales", "vp"),
        ("VP of Engineering", "vp"),
        ("President", "c_level"),
        ("Director of Finance", "director"),
        ("Directrice financière", "director"),
        ("Head of Operations", "head"),
        ("Abteilungsleiterin", "head"),
        ("Office Manager", "manager"),
        ("Software Engineer", "staff"),
        ("Assistant to the CEO", "staff"),
        ("Assistentin der Geschäftsführung", "staff"),
        ("Product Owner", "staff"),
        ("HR Business Partner", "staff"),
        ("Intern to the founder", "student"),
        ("PhD student", "student"),
        ("Headhunter", "staff"),
        ("", None),
        (None, None),
    ],
)
def test_a_title_tells_the_rank(title: str | None, level: str | None) -> None:
    assert seniority(title) == level
