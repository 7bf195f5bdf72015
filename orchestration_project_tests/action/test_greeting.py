"""Whom a mail may greet by name."""

import pytest

from orchestration_project.action.greeting import may_be_greeted
from orchestration_project.model import Person


@pytest.mark.parametrize(
    "name",
    [
        "Priya Nair",
        "Amelia Smith-Jones",
        "Maeve O'Brien",
        "Jürgen Weiß",
        "山田太郎",
        "Анна Иванова",
        "Dr. Ann van der Berg",
        "María José de la Cruz",
        "J. R. Hartley",
        "Will Smith",
        "Mai",
        "Sue Ford",
    ],
)
def test_people_are(name: str) -> None:
    assert may_be_greeted(Person(full_name=name, given_name=name.split(maxsplit=1)[0]))


@pytest.mark.parametrize(
    "name",
    [
        "None",
        "N/A",
        "null",
        "undefined",
        "Test",
        "Sales Team",
        "Acme Ltd",
        "Weber GmbH",
        "@everyone",
        "<!channel>",
        "https://evil.example",
        "evil.example",
        "Please pay the invoice",
        "You have won",
        "Bitte überweisen Sie das Geld",
        "Jane 0170 1234567",
        "click here now",
        "Admin",
    ],
)
def test_links_mentions_sentences_companies_and_placeholders_are_not(name: str) -> None:
    assert not may_be_greeted(Person(full_name=name, given_name=name.split(maxsplit=1)[0]))
