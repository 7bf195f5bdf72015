from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from orchestration_project.action.base import Brief
from orchestration_project.action.crm_contact import CrmContact, CrmRescored
from orchestration_project.model import (
    Company,
    Contact,
    Person,
    ReceiptStatus,
    Ref,
    ScoreStatus,
    Written,
)
from orchestration_project_tests.action.briefs import REF, a_brief, a_receipt
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.fakes.crm import FakeCrm

pytestmark = pytest.mark.anyio


def clock() -> datetime:
    return datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


async def act(brief: Brief, crm: FakeCrm) -> Written:
    return await CrmContact().act(brief, tools(crm=crm), clock)


async def test_a_new_person_becomes_a_contact_with_score_and_rationale_in_a_note() -> None:
    crm = FakeCrm()
    written = await act(a_brief(), crm)
    contact = crm.contacts[written.external_id]
    assert (contact.email, contact.name, contact.company) == ("Jane@acme.example", "Jane Doe", "Acme Ltd")
    assert contact.properties["lead_score"] == "9"
    assert contact.properties["lead_service"] == "Payroll"
    assert contact.properties["lead_track"] == "priority"
    assert contact.properties["lead_first_source"] == "newsletter"
    assert "the AI says: “Asks for payroll for 40 people, soon”" in crm.notes[contact.id, REF]
    assert crm.writes == ["create_contact", "add_note"]


async def test_a_second_lead_of_a_person_updates_the_one_contact() -> None:
    crm = FakeCrm()
    first = await act(a_brief(), crm)
    person = Person(full_name="Jane Doe", email="JANE@acme.example")
    second = await act(a_brief(ref=Ref("L-second"), track="nurture", score=None, person=person), crm)
    assert first.external_id == second.external_id
    assert len(crm.contacts) == 1
    properties = crm.contacts[first.external_id].properties
    assert (properties["lead_ref"], properties["lead_score"]) == ("L-second", "")
    assert {key for _, key in crm.notes} == {REF, "L-second"}


async def test_what_a_person_entered_is_left_alone_and_told_in_the_note() -> None:
    crm = FakeCrm(Contact(id="7", email="jane@acme.example", company="Acme Holdings"))
    written = await act(a_brief(), crm)
    assert written.conflicts == ("company",)
    assert crm.contacts["7"].company == "Acme Holdings"
    assert crm.contacts["7"].phone == "+442079460000"
    assert "Left alone: company. The lead has: Acme Ltd" in crm.notes["7", REF]


async def test_a_contact_that_somebody_else_made_at_the_same_moment_is_merged() -> None:
    class FasterColleague(FakeCrm):
        async def create_contact(
            self, fields: Mapping[str, str], properties: Mapping[str, str], domain: str | None = None
        ) -> Contact:
            self.contacts["1"] = Contact(id="1", email="jane@acme.example", name="Mrs Doe")
            return await super().create_contact(fields, properties, domain)

    crm = FasterColleague()
    written = await act(a_brief(), crm)
    assert crm.contacts["1"].name == "Mrs Doe"
    assert crm.contacts["1"].properties["lead_ref"] == REF
    assert written.conflicts == ("name",)


async def test_a_lead_that_comes_from_the_crm_keeps_its_contact() -> None:
    crm = FakeCrm(Contact(id="7", name="Jane Doe"), Contact(id="8", email="jane@acme.example"))
    written = await act(a_brief(crm_contact_id="7", person=Person(full_name="Jane Doe")), crm)
    assert written.external_id == "7"


async def test_a_contact_that_was_deleted_meanwhile_is_looked_up_by_email() -> None:
    crm = FakeCrm(Contact(id="8", email="jane@acme.example"))
    assert (await act(a_brief(crm_contact_id="7"), crm)).external_id == "8"


async def test_nothing_is_found_before_the_note_was_written() -> None:
    crm = FakeCrm(Contact(id="7", email="jane@acme.example"))
    action, brief = CrmContact(), a_brief()
    assert await action.find(brief, tools(crm=FakeCrm())) is None
    assert await action.find(brief, tools(crm=crm)) is None
    await act(brief, crm)
    found = await action.find(brief, tools(crm=crm))
    assert found is not None
    assert found.external_id == "7"


async def test_acting_again_after_a_crash_writes_no_second_contact_and_no_second_note() -> None:
    crm = FakeCrm()
    await act(a_brief(), crm)
    writes = list(crm.writes)
    await act(a_brief(), crm)
    assert crm.writes == writes


async def test_the_note_says_why_there_is_no_score() -> None:
    crm = FakeCrm()
    written = await act(a_brief(track="nurture", score=None), crm)
    note = crm.notes[written.external_id, REF]
    assert "no score (timeout)" in note
    assert "No score: The AI did not answer within 12 s." in note
    assert "lead_score" not in crm.contacts[written.external_id].properties


async def test_the_note_holds_evidence_attribution_playbook_and_the_message() -> None:
    crm = FakeCrm()
    await act(a_brief(), crm)
    (note,) = crm.notes.values()
    for part in (
        "“need payroll from next month”",
        "source google, medium cpc, campaign autumn",
        "playbook a1b2c3d4",
        "OpenAI (gpt-6.1-terra)",
        "Track: priority, since score 9 is 8 or more",
        "We are 40 people",
    ):
        assert part in note


async def test_a_very_long_message_is_cut_in_the_note() -> None:
    crm = FakeCrm()
    await act(a_brief(message="word " * 10_000), crm)
    (note,) = crm.notes.values()
    assert len(note) < 6_000
    assert note.endswith("[…]")


def shared(one: Brief, other: Brief) -> set[str]:
    return set(CrmContact().lock_keys(one)) & set(CrmContact().lock_keys(other))


def test_two_leads_of_one_person_go_one_after_the_other() -> None:
    first = a_brief(person=Person(email="jane@acme.example"), company=Company())
    second = a_brief(ref=Ref("L-second"), person=Person(email="JANE@ACME.example"), company=Company())
    other = a_brief(ref=Ref("L-other"), person=Person(email="joe@acme.example"), company=Company())
    assert shared(first, second) == {"jane@acme.example"}
    assert shared(first, other) == set()


@pytest.mark.parametrize(
    "company",
    [
        Company(name="Acme ltd"),
        Company(domain="acme.example"),
        Company(name="ACME Limited", domain="acme.example"),
    ],
)
def test_two_people_of_one_company_go_one_after_the_other(company: Company) -> None:
    """Or each contact would make the company anew."""
    jane = a_brief(
        person=Person(email="jane@acme.example"),
        company=Company(name="Acme Ltd", domain="acme.example"),
    )
    joe = a_brief(ref=Ref("L-joe"), person=Person(email="joe@acme.example"), company=company)
    assert shared(jane, joe)


def test_somebody_without_an_email_is_skipped_unless_the_crm_knows_them() -> None:
    nobody = Person(phone="+442079460000")
    assert "no e-mail" in (CrmContact().skip(a_brief(person=nobody, company=Company())) or "")
    assert CrmContact().skip(a_brief(person=nobody, crm_contact_id="7")) is None


async def test_what_the_scorecard_wrote_is_followed_by_the_ais_score_in_a_note_of_its_own() -> None:
    crm = FakeCrm()
    away = a_brief(track="nurture", score=None, status=ScoreStatus.UNAVAILABLE)
    saved = await act(away, crm)
    receipt = a_receipt("crm_contact", external_id=saved.external_id)
    receipt = receipt.model_copy(update={"memo": saved.memo})
    brief = a_brief(receipts=(receipt,))
    assert CrmRescored().wanted(brief)
    again = await CrmRescored().act(brief, tools(crm=crm), clock)
    assert again.external_id == saved.external_id
    assert crm.contacts[saved.external_id].properties["lead_score"] == "9"
    assert "Asks for payroll" in crm.notes[saved.external_id, f"{REF}-rescored"]
    assert (saved.external_id, REF) in crm.notes


@pytest.mark.parametrize(
    ("status", "memo", "now_scored"),
    [
        (ReceiptStatus.DONE, ScoreStatus.SCORED, True),
        (ReceiptStatus.DONE, ScoreStatus.OVER_BUDGET, True),
        (ReceiptStatus.DONE, ScoreStatus.TIMEOUT, False),
        (ReceiptStatus.PLANNED, ScoreStatus.TIMEOUT, True),
        (ReceiptStatus.DONE, None, True),
    ],
    ids=[
        "scored at first",
        "the day's money was spent",
        "still away",
        "not saved yet",
        "of an older version",
    ],
)
async def test_there_is_nothing_to_add_where_the_ai_was_not_away_or_still_is(
    status: ReceiptStatus, memo: ScoreStatus | None, *, now_scored: bool
) -> None:
    receipt = a_receipt("crm_contact", status).model_copy(update={"memo": memo and memo.value})
    brief = a_brief(receipts=(receipt,)) if now_scored else a_brief(score=None, receipts=(receipt,))
    assert not CrmRescored().wanted(brief)
