"""Gmail keeps our drafts: written once as they are, found again, and never touched.

What became of them is `test_sent.py`.
"""

from email.message import EmailMessage
from email.utils import parseaddr

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.mail.gmail import Gmail
from orchestration_project.connectors.mail.mailbox_format import draft_bytes, draft_in
from orchestration_project.errors import TransientServiceError
from orchestration_project.fake_services.base import (
    answer_lost,
    truncated,
)
from orchestration_project.fake_services.gmail import MAILBOX, GmailService
from orchestration_project_tests.connectors.mail.gmail.conftest import (
    DRAFTS,
    as_edited,
    long_ago,
    only_draft,
    open_gmail,
)
from orchestration_project_tests.connectors.mail.opening import KEY, MESSAGE_ID, message, words
from orchestration_project_tests.connectors.services import Watched, violations
from orchestration_project_tests.data_sets import naughty_strings

pytestmark = pytest.mark.anyio


async def test_a_draft_lies_in_the_mailbox_as_it_was_written(gmail: Gmail, service: GmailService) -> None:
    written = await gmail.save_draft(KEY, message())
    draft_id, draft = only_draft(service)
    assert draft["To"] == "Zoë Doe <zoe@acme.example>"
    assert draft["Subject"] == "Your question, Zoë"
    assert draft["Message-ID"] == MESSAGE_ID
    body = draft.get_body(("plain",))
    assert body is not None
    assert body.get_content() == "Hello Zoë,\r\n\r\nthank you.\r\n"
    [mail] = service.mails.values()
    assert written.external_id == f"{draft_id}/{mail.thread_id}/{MESSAGE_ID}"
    assert written.url == f"https://mail.google.com/mail/#all/{mail.thread_id}"
    assert written.note == "Waits among the drafts in Gmail."


async def test_no_mark_of_ours_travels_along(gmail: Gmail, service: GmailService) -> None:
    made = message()
    await gmail.save_draft(KEY, made)
    # found by its Message-ID, so that is all a recipient sees of us
    assert not [name for name in only_draft(service)[1] if name.startswith("X-")]
    assert "X-Unsent" in made


async def test_the_answer_to_a_mail_from_another_mailbox_goes_to_the_owner(
    gmail: Gmail, service: GmailService
) -> None:
    for _ in range(2):
        await gmail.save_draft(KEY, message())
    drafts = [mail.message for mail in service.mails.values()]
    assert [draft["From"] for draft in drafts] == ["Nora Lark <nora@larkfield.example>"] * 2
    assert [draft["Reply-To"] for draft in drafts] == ["Nora Lark <nora@larkfield.example>"] * 2
    assert len(service.asked("GET /gmail/v1/users/me/profile")) == 1


async def test_the_answer_to_a_mail_from_the_owners_mailbox_needs_no_address_of_its_own(
    gmail: Gmail, service: GmailService
) -> None:
    service.mailbox = "Nora@Larkfield.example"
    await gmail.save_draft(KEY, message())
    assert "Reply-To" not in only_draft(service)[1]


async def test_a_draft_is_found_by_its_message_id(gmail: Gmail) -> None:
    assert await gmail.find_draft(KEY, MESSAGE_ID) is None
    written = await gmail.save_draft(KEY, message())
    assert await gmail.find_draft(KEY, MESSAGE_ID) == written
    assert await gmail.find_draft("L-other", "<draft.l-other@larkfield.example>") is None


async def test_a_draft_that_the_search_does_not_know_yet_is_found(
    gmail: Gmail, service: GmailService
) -> None:
    written = await gmail.save_draft(KEY, message())
    service.search_lags = True
    assert await gmail.find_draft(KEY, MESSAGE_ID) == written


@pytest.mark.parametrize(
    ("to", "is_found"),
    [
        ("jane@acme.example", True),
        ('"Doe, Jane" <Jane@ACME.example>', True),
        ("=?utf-8?q?Zo=C3=AB=2C_Jane?= <jane@acme.example>, else@acme.example", True),
        ("jane@acme.example.org", False),
        ("mary.jane@acme.example", False),
        ('"jane@acme.example" <else@acme.example>', False),
    ],
)
async def test_an_edited_draft_is_found_by_the_address_in_its_header_and_not_by_its_words(
    gmail: Gmail, service: GmailService, to: str, is_found: bool
) -> None:
    await gmail.save_draft(KEY, message(address="jane@acme.example"))
    raw = as_edited("my words").replace(b"To: jane@acme.example", f"To: {to}".encode())
    service.edit(only_draft(service)[0], raw, other_thread=True)
    assert await gmail.find_draft(KEY, MESSAGE_ID) is None
    found = await gmail.find_draft_to("jane@acme.example", long_ago(), MESSAGE_ID)
    assert (found is not None) is is_found
    assert len(service.asked(f"GET {DRAFTS}/")) == 2  # the search did find it


async def test_after_a_crash_between_act_and_record_there_is_one_draft(
    gmail: Gmail, service: GmailService
) -> None:
    service.next_answer(answer_lost(), to=f"POST {DRAFTS}")
    with pytest.raises(TransientServiceError):
        await gmail.save_draft(KEY, message())
    found = await gmail.find_draft(KEY, MESSAGE_ID)
    assert found is not None
    assert len(service.drafts) == 1
    assert len(service.asked(f"POST {DRAFTS}")) == 1


async def test_a_cut_answer_makes_no_second_draft(gmail: Gmail, service: GmailService) -> None:
    service.next_answer(truncated(), to=f"POST {DRAFTS}")
    with pytest.raises(TransientServiceError):
        await gmail.save_draft(KEY, message())
    assert len(service.drafts) == 1


@pytest.mark.parametrize("lags", [False, True])
async def test_a_draft_that_came_to_be_there_twice_is_found_twice(
    gmail: Gmail, service: GmailService, lags: bool
) -> None:
    service.search_lags = lags
    written = {(await gmail.save_draft(KEY, message())).external_id for _ in range(2)}
    found = await gmail.twins("draft", KEY, MESSAGE_ID)
    assert {one.external_id for one in found} == written
    service.search_lags = False
    service.send(next(iter(service.drafts)))
    assert len(await gmail.twins("draft", KEY, MESSAGE_ID)) == 2
    service.throw_away(next(iter(service.drafts)))
    assert [one.note for one in await gmail.twins("draft", KEY, MESSAGE_ID)] == ["Was sent from Gmail."]
    assert await gmail.twins("note", KEY, MESSAGE_ID) == ()


async def test_what_goes_out_keeps_to_the_official_description(gmail: Gmail, service: GmailService) -> None:
    watched = Watched(gmail)
    gmail = watched.connector
    written = await gmail.save_draft(KEY, message())
    service.search_lags = True
    await gmail.get_ready()
    await gmail.find_draft(KEY, MESSAGE_ID)
    await gmail.find_sent(KEY, written.external_id)
    service.search_lags = False
    await gmail.find_draft_to("zoe@acme.example", long_ago(), MESSAGE_ID)
    await gmail.twins("draft", KEY, MESSAGE_ID)
    assert await gmail.rewrite_draft(KEY, written.external_id, message())
    now = await gmail.draft_now(KEY, written.external_id)
    assert now is not None and now == draft_in(message().as_bytes())
    service.send(only_draft(service)[0])
    await gmail.find_sent(KEY, written.external_id)
    # as after an edit: only the thread is still the same
    await gmail.find_sent(KEY, written.external_id.replace(MESSAGE_ID, "<old@x.example>"))
    await gmail.check()
    assert watched.left_out == set()
    assert len(service.calls) == 23
    assert violations("gmail", service.calls, answers=service.answers) == []


async def test_naughty_names_and_subjects_survive(gmail: Gmail, service: GmailService) -> None:
    lines = [" ".join("".join(filter(str.isprintable, text)).split()) for text in naughty_strings()]
    for line in filter(None, lines):
        await survives(gmail, service, message(line[:200], line[:60], f"{line}\n"))


@settings(max_examples=30)
@given(words, words, words)
def test_any_name_subject_and_text_survives(subject: str, name: str, text: str) -> None:
    async def run() -> None:
        # without its certificates, which take longer to load than all the rest
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            await survives(open_gmail(http, service), service, message(subject, name, f"{text}\n"))

    with GmailService() as service:
        anyio.run(run)


@settings(max_examples=60)
@given(st.text("abc019.!#$%&'*+-/=?^_`{|}~é", min_size=1, max_size=12))
def test_whatever_its_letters_the_recipient_is_searched_as_one_phrase(local: str) -> None:
    recipient = f"{local}@acme.example"

    async def run() -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            gmail = open_gmail(http, service)
            raw = as_edited("x").replace(b"To: jane@acme.example", f"To: {recipient}".encode())
            draft = await gmail.save_draft(KEY, message())
            service.edit(draft.external_id.partition("/")[0], raw)
            usable = parseaddr(recipient)[1] == recipient  # such as two dots in a row are not
            found = await gmail.find_draft_to(recipient, long_ago(), MESSAGE_ID)
            assert (found is not None) is usable

    with GmailService() as service:
        anyio.run(run)
    (query,) = [request.param("q") for request in service.asked(f"GET {DRAFTS}") if request.param("q")]
    assert query == f'to:"{recipient}"'


async def test_an_address_cannot_end_the_phrase_it_is_searched_as(
    gmail: Gmail, service: GmailService
) -> None:
    await gmail.find_draft_to('"a" in:anywhere \\"b@acme.example', long_ago(), MESSAGE_ID)
    (listed,) = service.asked(f"GET {DRAFTS}")
    assert listed.param("q").count('"') == 2
    assert "\\" not in listed.param("q")


async def survives(gmail: Gmail, service: GmailService, made: EmailMessage) -> None:
    service.mails.clear()
    service.drafts.clear()
    await gmail.save_draft(KEY, made)
    [mail] = service.mails.values()
    assert mail.raw == draft_bytes(made, MAILBOX)
    assert await gmail.find_draft(KEY, MESSAGE_ID) is not None
