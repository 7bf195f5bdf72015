"""Mailchimp and Brevo: both enrol a subscriber once, so both pass the same tests."""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import given as given_values
from hypothesis import settings
from hypothesis import strategies as st

from orchestration_project.connectors.sequence.brevo import Brevo
from orchestration_project.connectors.sequence.interface import Subscriber
from orchestration_project.connectors.sequence.mailchimp import Mailchimp
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    LeadsError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services import base, brevo, mailchimp
from orchestration_project.fake_services.brevo import FakeBrevo
from orchestration_project.fake_services.mailchimp import AUDIENCE, FakeMailchimp
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import Watched, given, naughty_texts, violations

pytestmark = pytest.mark.anyio

LIST = "monthly-letter"
JANE = Subscriber(email="Jane@acme.example", given_name="Jane", family_name="Doe")


@dataclass
class Case:
    """A sequence service over its stand-in, and what is inside of that."""

    name: str
    service: FakeMailchimp | FakeBrevo
    http: httpx.AsyncClient

    def open(self, key: str | None = None, **options: Any) -> Mailchimp | Brevo:
        prefix = self.name.upper()
        key = key or (mailchimp.KEY if self.name == "mailchimp" else brevo.KEY)
        environment = {f"{prefix}_API_KEY": key, f"{prefix}_BASE_URL": self.service.base_url}
        usual: dict[str, Any] = {"audience": AUDIENCE} if self.name == "mailchimp" else {"lists": {LIST: 7}}
        connection = Connection(connector=self.name, options={**usual, **options})
        return (Mailchimp if self.name == "mailchimp" else Brevo).open(
            connection, given(self.http, environment)
        )

    def add(self, email: str, *, unsubscribed: bool = False, name: str = "") -> None:
        if isinstance(self.service, FakeMailchimp):
            self.service.add(email, "unsubscribed" if unsubscribed else "subscribed", FNAME=name)
        else:
            self.service.add(email, blocked=unsubscribed, FIRSTNAME=name)

    def names(self, email: str) -> tuple[str, str]:
        if isinstance(self.service, FakeMailchimp):
            fields = self.service.member(email)["merge_fields"]
            return fields.get("FNAME", ""), fields.get("LNAME", "")
        attributes = self.service.contacts[email.lower()]["attributes"]
        return attributes.get("FIRSTNAME", ""), attributes.get("LASTNAME", "")

    def enrolled(self, email: str) -> bool:
        if isinstance(self.service, FakeMailchimp):
            return any(tag["name"] == LIST for tag in self.service.member(email)["tags"])
        return 7 in self.service.contacts[email.lower()]["listIds"]

    @property
    def members(self) -> int:
        if isinstance(self.service, FakeMailchimp):
            return len(self.service.members)
        return len(self.service.contacts)


@pytest.fixture(params=["mailchimp", "brevo"])
def case(request: pytest.FixtureRequest, http: httpx.AsyncClient) -> Generator[Case]:
    with FakeMailchimp() if request.param == "mailchimp" else FakeBrevo() as service:
        yield Case(request.param, service, http)


async def test_a_subscriber_is_enrolled_with_name_and_found_again(case: Case) -> None:
    sequence = case.open()
    assert await sequence.find_member(LIST, JANE.email) is None
    written = await sequence.enrol(LIST, JANE)
    assert case.enrolled(JANE.email)
    assert case.names(JANE.email) == ("Jane", "Doe")
    assert await sequence.find_member(LIST, "jane@ACME.example") == written
    assert "acme" not in written.external_id


async def test_enrolling_twice_makes_one_member(case: Case) -> None:
    sequence = case.open()
    assert await sequence.enrol(LIST, JANE) == await sequence.enrol(LIST, JANE)
    assert case.members == 1


async def test_a_member_of_another_list_is_not_in_this_one(case: Case) -> None:
    case.add(JANE.email)
    assert await case.open().find_member(LIST, JANE.email) is None


async def test_a_name_that_somebody_corrected_is_left(case: Case) -> None:
    case.add(JANE.email, name="Janet")
    await case.open().enrol(LIST, JANE)
    assert case.names(JANE.email) == ("Janet", "Doe")
    assert case.enrolled(JANE.email)


async def test_who_has_unsubscribed_stays_so_and_is_a_refusal_of_this_person(case: Case) -> None:
    case.add(JANE.email, unsubscribed=True)
    with pytest.raises(LeadRefusedError, match="unsubscribed"):
        await case.open().enrol(LIST, JANE)
    assert not case.enrolled(JANE.email)
    assert case.names(JANE.email) == ("", "")


MAILCHIMP_REFUSALS = {
    "forgotten": ("Forgotten Email Not Subscribed", "jane@acme.example was permanently deleted", "for good"),
    "compliance": ("Member In Compliance State", "jane@acme.example is in a compliance state", "came back"),
    "fake": ("Invalid Resource", "jane@acme.example looks fake or invalid, please enter a real", "fake"),
    "no address": ("Invalid Resource", "Please provide a valid email address.", "invalid"),
    "too often": ("Invalid Resource", "jane@acme.example has signed up to a lot of lists very", "for now"),
}


@pytest.mark.parametrize(
    ("title", "detail", "told"), MAILCHIMP_REFUSALS.values(), ids=MAILCHIMP_REFUSALS.keys()
)
async def test_whom_mailchimp_does_not_take_is_a_refusal_of_this_person(
    http: httpx.AsyncClient, title: str, detail: str, told: str
) -> None:
    with FakeMailchimp() as service:
        body = {"title": title, "status": 400, "detail": detail}
        service.next_answer(base.status(400, body), to="PUT")
        with pytest.raises(LeadRefusedError, match=told) as caught:
            await Case("mailchimp", service, http).open().enrol(LIST, JANE)
        assert "acme" not in str(caught.value)
        assert caught.value.mend
        assert not service.members


async def test_a_field_that_mailchimp_wants_of_everybody_is_a_matter_of_set_up(
    http: httpx.AsyncClient,
) -> None:
    with FakeMailchimp() as service:
        wanted = {"field": "ADDRESS", "message": "Please enter a value"}
        body = {"title": "Invalid Resource", "detail": "Your merge fields were invalid.", "errors": [wanted]}
        service.next_answer(base.status(400, body), to="PUT")
        with pytest.raises(SetupError, match="ADDRESS"):
            await Case("mailchimp", service, http).open().enrol(LIST, JANE)


async def test_an_unforeseen_refusal_of_mailchimps_stays_one(http: httpx.AsyncClient) -> None:
    with FakeMailchimp() as service:
        service.next_answer(base.status(400, {"title": "JSON Parse Error", "status": 400}), to="PUT")
        with pytest.raises(PermanentServiceError) as caught:
            await Case("mailchimp", service, http).open().enrol(LIST, JANE)
        assert type(caught.value) is PermanentServiceError


@pytest.mark.parametrize("words", ["Invalid email address", "email is not valid", "Email is invalid"])
async def test_an_address_that_brevo_does_not_take_is_a_refusal_of_this_person(
    http: httpx.AsyncClient, words: str
) -> None:
    with FakeBrevo() as service:
        service.next_answer(base.status(400, {"code": "invalid_parameter", "message": words}), to="POST")
        with pytest.raises(LeadRefusedError, match="invalid"):
            await Case("brevo", service, http).open().enrol(LIST, JANE)


async def test_an_unforeseen_refusal_of_brevos_stays_one(http: httpx.AsyncClient) -> None:
    words = {"code": "bad_request", "message": "Input must be a valid JSON object with an email"}
    with FakeBrevo() as service:
        service.next_answer(base.status(400, words), to="POST")
        with pytest.raises(PermanentServiceError) as caught:
            await Case("brevo", service, http).open().enrol(LIST, JANE)
        assert type(caught.value) is PermanentServiceError


@pytest.mark.parametrize("where", ["PUT", "POST"])
async def test_after_a_crash_between_act_and_record_it_is_found_or_done_once(case: Case, where: str) -> None:
    case.service.next_answer(*[base.answer_lost()] * 3, to=where)
    sequence = case.open()
    with suppress(TransientServiceError):
        await sequence.enrol(LIST, JANE)
    # what `once` does next: look, then act
    if await sequence.find_member(LIST, JANE.email) is None:
        await sequence.enrol(LIST, JANE)
    assert case.enrolled(JANE.email)
    assert case.members == 1


async def test_an_expired_key_is_a_credential_error_and_a_health(case: Case) -> None:
    expired = case.open(key="old-us1")
    with pytest.raises(CredentialError, match="401") as caught:
        await expired.enrol(LIST, JANE)
    assert "old-us1" not in str(caught.value) + repr(expired)
    assert not (await expired.check()).ok
    assert (await case.open().check()).ok


@pytest.mark.parametrize("fault", [base.rate_limited(), base.status(500), base.truncated(), base.web_page()])
async def test_a_bad_moment_is_tried_again(case: Case, fault: base.Fault) -> None:
    case.service.next_answer(fault)
    await case.open().enrol(LIST, JANE)
    assert case.enrolled(JANE.email)


@pytest.mark.parametrize("fault", [base.rate_limited(3600), base.status(503), base.answer_lost()])
async def test_what_lasts_is_raised_as_transient_without_the_address(case: Case, fault: base.Fault) -> None:
    case.service.next_answer(fault, fault, fault)
    with pytest.raises(TransientServiceError) as caught:
        await case.open().find_member(LIST, JANE.email)
    assert "acme" not in str(caught.value)


async def test_a_403_without_a_word_is_mailchimps_way_to_slow_us_down(http: httpx.AsyncClient) -> None:
    with FakeMailchimp() as service:
        case = Case("mailchimp", service, http)
        service.next_answer(base.web_page(403))
        await case.open().enrol(LIST, JANE)
        assert case.enrolled(JANE.email)
        service.next_answer(*[base.web_page(403)] * 3)
        with pytest.raises(TransientServiceError, match="shuts us out for now"):
            await case.open().find_member(LIST, JANE.email)


async def test_an_audience_or_list_that_does_not_exist_is_named(case: Case) -> None:
    if case.name == "mailchimp":
        other = case.open(audience="nope")
        assert "nope" in (await other.check()).says
        with pytest.raises(SetupError, match="no audience nope"):
            await other.enrol(LIST, JANE)
    else:
        with pytest.raises(SetupError, match="NUMBER"):
            await case.open().enrol("other", JANE)
        with pytest.raises(SetupError, match="no list of that number"):
            await case.open(lists={LIST: 99}).enrol(LIST, JANE)


async def test_names_and_addresses_in_any_script_survive(case: Case) -> None:
    sequence = case.open()
    for number, text in enumerate(naughty_texts(3)):
        email = f"p{number}+ünï/x?#%@acme.example"
        await sequence.enrol(LIST, Subscriber(email=email, given_name=text))
        assert case.names(email)[0] == text
        assert await sequence.find_member(LIST, email) is not None


async def test_what_goes_out_keeps_to_the_official_description(case: Case) -> None:
    watched = Watched(case.open())
    sequence = watched.connector
    await sequence.enrol(LIST, JANE)
    written = await sequence.find_member(LIST, JANE.email)
    assert written is not None
    await sequence.member(LIST, JANE.email)
    await sequence.rename_member(LIST, JANE)
    await sequence.records_of([written.external_id])
    await sequence.records_changed_since((await sequence.records_changed_since(None)).cursor)
    await sequence.leave(LIST, JANE.email)
    await sequence.check()
    assert watched.left_out == set()
    assert len(case.service.requests) >= 4
    assert violations(case.name, case.service.requests, answers=case.service.answers) == []


async def test_double_opt_in_lets_mailchimp_ask_first(http: httpx.AsyncClient) -> None:
    with FakeMailchimp() as service:
        await Case("mailchimp", service, http).open(double_opt_in=True).enrol(LIST, JANE)
        assert service.member(JANE.email)["status"] == "pending"


@pytest.mark.parametrize("status", ["archived", "transactional"])
async def test_whom_mailchimp_never_wrote_to_is_taken_in_by_their_consent(
    http: httpx.AsyncClient, status: str
) -> None:
    with FakeMailchimp() as service:
        case = Case("mailchimp", service, http)
        service.add(JANE.email, status)
        service.member(JANE.email)["tags"].append({"id": 1, "name": LIST})
        assert await case.open().find_member(LIST, JANE.email) is None  # tagged, and gets nothing
        written = await case.open().enrol(LIST, JANE)
        assert (service.member(JANE.email)["status"], written.note) == ("subscribed", "")


async def test_whose_mail_came_back_is_told_as_such_and_not_as_done(http: httpx.AsyncClient) -> None:
    with FakeMailchimp() as service:
        service.add(JANE.email, "cleaned")
        sequence = Case("mailchimp", service, http).open()
        assert await sequence.find_member(LIST, JANE.email) is None
        with pytest.raises(LeadRefusedError, match="came back"):
            await sequence.enrol(LIST, JANE)
        assert service.member(JANE.email)["status"] == "cleaned"


async def test_a_member_that_has_yet_to_confirm_is_told_as_such(http: httpx.AsyncClient) -> None:
    with FakeMailchimp() as service:
        sequence = Case("mailchimp", service, http).open(double_opt_in=True)
        written = await sequence.enrol(LIST, JANE)
        assert "until then they get nothing" in written.note
        assert await sequence.find_member(LIST, JANE.email) == written
        service.member(JANE.email)["status"] = "unsubscribed"
        assert await sequence.find_member(LIST, JANE.email) is None


async def test_a_state_of_tomorrow_is_no_member(http: httpx.AsyncClient) -> None:
    with FakeMailchimp() as service:
        service.add(JANE.email, "paused")
        with pytest.raises(LeadRefusedError, match="as paused: they would get no mail"):
            await Case("mailchimp", service, http).open().enrol(LIST, JANE)


async def test_a_field_that_the_audience_requires_keeps_nobody_out(http: httpx.AsyncClient) -> None:
    with FakeMailchimp() as service:
        service.required = {"ADDRESS"}
        await Case("mailchimp", service, http).open().enrol(LIST, JANE)
        assert service.member(JANE.email)["status"] == "subscribed"


async def test_who_left_one_list_of_brevos_is_left_so(http: httpx.AsyncClient) -> None:
    with FakeBrevo() as service:
        case = Case("brevo", service, http)
        service.add(JANE.email)
        service.contacts[JANE.email.lower()] |= {"listUnsubscribed": [7], "listIds": [7]}
        assert await case.open().find_member(LIST, JANE.email) is None
        with pytest.raises(LeadRefusedError, match="unsubscribed from that list"):
            await case.open().enrol(LIST, JANE)
        await case.open(lists={LIST: 8}).enrol(LIST, JANE)  # another list is another matter


async def test_brevo_asks_first_where_it_is_to(http: httpx.AsyncClient) -> None:
    with FakeBrevo() as service:
        asks = {"template": 3, "redirect": "https://larkfield.example/thanks"}
        sequence = Case("brevo", service, http).open(double_opt_in=asks)
        written = await sequence.enrol(LIST, JANE)
        assert service.asked_to_confirm == [JANE.email]
        assert not service.contacts
        assert "until then they get nothing" in written.note
        assert "acme" not in written.external_id
        service.add(JANE.email)
        service.contacts[JANE.email.lower()]["listIds"] = [7]
        assert (await sequence.enrol(LIST, JANE)).note == ""  # who has confirmed is not asked again
        assert len(service.asked_to_confirm) == 1
        assert violations("brevo", service.requests, answers=service.answers) == []


@settings(max_examples=50)
@given_values(st.text(max_size=20))
def test_the_host_comes_from_the_key_and_a_key_without_one_is_refused(key: str) -> None:
    client = httpx.AsyncClient()
    connection = Connection(connector="mailchimp", options={"audience": "x"})
    opened = Mailchimp.open(connection, given(client, {"MAILCHIMP_API_KEY": "abc-us21"}))
    assert opened.api.base_url == "https://us21.api.mailchimp.com/3.0"
    with pytest.raises(LeadsError, match="MAILCHIMP_API_KEY"):
        Mailchimp.open(connection, given(client, {"MAILCHIMP_API_KEY": key + "."}))
