from datetime import UTC, datetime

import pytest

from orchestration_project.action.sequence import SequenceEnrolment
from orchestration_project.errors import PlaybookError
from orchestration_project.model import Person
from orchestration_project_tests.action.briefs import a_brief
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.fakes.sequence import FakeSequence

ACTION = SequenceEnrolment()


def clock() -> datetime:
    return datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def test_nobody_is_enrolled_without_consent() -> None:
    assert ACTION.skip(a_brief(track="nurture", consent=False)) == "no consent to marketing mail"
    assert ACTION.skip(a_brief(track="nurture", consent=True)) is None


def test_nobody_is_enrolled_without_an_email() -> None:
    assert ACTION.skip(a_brief(track="nurture", person=Person(full_name="Jane Doe"))) == "no e-mail"


@pytest.mark.anyio
async def test_a_lead_is_enrolled_in_the_list_of_its_track_and_found_there() -> None:
    sequence, brief = FakeSequence(), a_brief(track="nurture")
    assert await ACTION.find(brief, tools(sequence=sequence)) is None
    await ACTION.act(brief, tools(sequence=sequence), clock)
    ((list_name, _), subscriber), *others = sequence.members.items()
    assert not others
    assert list_name == "monthly-letter"
    assert (subscriber.email, subscriber.given_name) == ("Jane@acme.example", "Jane")
    assert await ACTION.find(brief, tools(sequence=sequence)) is not None


@pytest.mark.anyio
async def test_a_track_without_a_list_is_a_mistake_of_the_playbook() -> None:
    with pytest.raises(PlaybookError, match="priority"):
        await ACTION.act(a_brief(track="priority"), tools(sequence=FakeSequence()), clock)
