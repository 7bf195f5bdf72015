from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from orchestration_project.action.folder import ProjectFolder, folder_files, folder_name
from orchestration_project.model import Company, Person
from orchestration_project_tests.action.briefs import REF, a_brief
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.fakes.folder import FakeFolders

WILD = st.text(alphabet=st.one_of(st.sampled_from("`*_[](){}<>#!|\\\n\r ~-"), st.characters()), max_size=60)


def page(**changes: object) -> str:
    return folder_files(a_brief(**changes))["lead.md"].decode()  # pyright: ignore[reportArgumentType]


def test_a_folder_is_named_after_the_company_or_else_the_person() -> None:
    assert folder_name(a_brief()) == f"Acme Ltd ({REF})"
    assert folder_name(a_brief(company=Company())) == f"Jane Doe ({REF})"
    assert folder_name(a_brief(company=Company(), person=Person())) == f"Lead ({REF})"


def test_the_page_holds_the_person_the_decision_and_the_message() -> None:
    text = page(budget=Decimal(900))
    for part in ("Jane Doe", "score 9/10", "Payroll", "900 GBP", "a1b2c3d4", "We are 40 people"):
        assert part in text


def test_the_page_says_why_there_is_no_score() -> None:
    text = page(track="nurture", score=None)
    assert "no score (timeout)" in text
    assert "The AI did not answer within 12 s" in text


@settings(deadline=None)
@given(WILD, WILD)
@example("a ` <b> ` c ``` d", "Hello\n```\n# Now a heading <b>\n````\n")
def test_nothing_of_a_form_is_formatted_or_clickable(name: str, message: str) -> None:
    text = page(
        person=Person(full_name=name, email="jane@acme.example"),
        company=Company(name=name, website=f"https://acme.example/{name}"),
        message=f"{message} [a](http://evil.example) <b>",
    )
    tokens = MarkdownIt("commonmark").parse(text)
    inline = [child.type for token in tokens for child in token.children or ()]
    assert set(inline) == {"text", "code_inline"}
    blocks = [token.content for token in tokens if token.type == "fence"]
    assert len(blocks) == 3
    assert "[a](http://evil.example) <b>" in blocks[-1]


def test_characters_that_turn_the_direction_of_text_are_left_out() -> None:
    assert "\u202e" not in page(message="pay \u202egpj.exe", person=Person(full_name="Ja\u202ene"))


@pytest.mark.anyio
async def test_the_folder_is_found_again_by_the_ref() -> None:
    folders, action, brief = FakeFolders(), ProjectFolder(), a_brief()
    assert await action.find(brief, tools(folder=folders)) is None
    await action.act(brief, tools(folder=folders), lambda: datetime.now(UTC))
    assert await action.find(brief, tools(folder=folders)) is not None
    assert folders.folders[REF][1].keys() == {"lead.md"}
