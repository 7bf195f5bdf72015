"""The first-touch mail is a sound message, says nothing a stranger slipped in, and is written once."""

import email
import re
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Any

import anyio
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration_project.action.base import Brief
from orchestration_project.action.draft import Draft, compose
from orchestration_project.errors import PlaybookError
from orchestration_project.model import Company, Person, Score, Written
from orchestration_project.playbook.model import Playbook, Template
from orchestration_project_tests.action.briefs import LEAD, PLAYBOOK, REF, SCORE, a_brief
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.data_sets import naughty_strings
from orchestration_project_tests.fakes.mail import FakeMail

NOW = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
TEMPLATE = Template(
    file="priority.md",
    subject="For {{ full_name }} of {{ company }}",
    body="""Hello {{ given_name }}{% if returning %} again{% endif %},

{{ opening }}

you asked {{ business }} about {{ service }} for {{ company }}, {{ full_name }}.

Best wishes,
{{ owner_name }}
""",
)
FROM_A_FORM = re.compile(r"[a-z0-9]\.(com|org)(?![a-z0-9])|https?:/|[^\s<]@\S|//", re.ASCII | re.IGNORECASE)
hostile = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            ["evil.com", "https://evil.org", "a@evil.com", "\r\nBcc: a@evil.com\r\n\r\n", "=?utf-8?q?"]
        ),
        st.sampled_from(
            [", ", '"', "<", ">", ";", "\\", "(", "{{ owner_name }}", "]( //evil.com)", "Ж", "語"]
        ),
    ),
    max_size=12,
).map("".join)


def playbook(template: Template = TEMPLATE, **business: Any) -> Playbook:
    return PLAYBOOK.model_copy(
        update={
            "templates": {template.file: template},
            "business": PLAYBOOK.business.model_copy(update=business),
        }
    )


def brief(*, rules: Playbook | None = None, score: Score | None = SCORE, **changes: Any) -> Brief:
    return a_brief(score=score, **changes).model_copy(update={"playbook": rules or playbook()})


def from_stranger(text: str) -> Brief:
    """Everything that a form or a model can say is this text."""
    return brief(
        person=LEAD.person.model_copy(update={"full_name": text, "given_name": text}),
        company=Company(name=text),
        score=SCORE.model_copy(update={"opening": text}),
    )


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return body.get_content().replace("\r\n", "\n")


def parsed(message: EmailMessage) -> EmailMessage:
    return email.message_from_bytes(message.as_bytes(), policy=SMTP)


def assert_sound(message: EmailMessage) -> None:
    """Standard, 7-bit, and read back as the same message with one recipient."""
    raw = message.as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 200
    assert b"\n" not in raw.replace(b"\r\n", b"")
    back = parsed(message)
    assert back.keys() == message.keys()
    assert not back.defects
    assert str(back["Subject"]) == str(message["Subject"])
    assert [address.addr_spec for address in back["To"].addresses] == ["Jane@acme.example"]
    # the newer parser of Python 3.11 puts blanks into a long foreign name; this one reads what is there
    name, _ = parseaddr(email.message_from_bytes(raw)["To"])
    assert str(make_header(decode_header(name))) == message["To"].addresses[0].display_name
    assert [part(back, kind) for kind in ("plain", "html")] == [
        part(message, kind) for kind in ("plain", "html")
    ]


def assert_nothing_slipped_in(message: EmailMessage) -> None:
    for text in (message["Subject"], message["To"].addresses[0].display_name, part(message, "plain")):
        assert not FROM_A_FORM.search(str(text))
    assert "<a" not in part(message, "html")


def test_the_mail_is_from_the_owner_to_the_lead() -> None:
    message = parsed(compose(brief(), NOW))
    assert message["From"] == "Hannah Lark <hannah@larkfield.example>"
    assert message["To"] == "Jane Doe <Jane@acme.example>"
    assert message["Subject"] == "For Jane Doe of Acme Ltd"
    assert message["Date"] == "Wed, 01 Jul 2026 10:30:00 +0100"
    assert message["Content-Language"] == "en"


def test_mail_programs_open_it_as_a_draft_and_its_id_names_the_lead() -> None:
    message = parsed(compose(brief(), NOW))
    # nothing else of ours goes out to the lead
    assert [(name, value) for name, value in message.items() if name.startswith("X-")] == [("X-Unsent", "1")]
    assert message["Message-ID"] == f"<draft.{REF.lower()}@larkfield.example>"


def test_the_mail_says_what_the_template_says_as_text_and_as_html() -> None:
    score = SCORE.model_copy(update={"opening": "Thank you for telling us about payroll at Acme Ltd."})
    message = compose(brief(score=score), NOW)
    assert part(message, "plain") == (
        "Hello Jane,\n\nThank you for telling us about payroll at Acme Ltd.\n\n"
        "you asked Larkfield Bookkeeping about Payroll for Acme Ltd, Jane Doe.\n\nBest wishes,\nHannah Lark\n"
    )
    assert "<p>Thank you for telling us about payroll at Acme Ltd.</p>" in part(message, "html")


def test_somebody_we_know_is_greeted_so() -> None:
    known = brief()
    standing = known.context.standing.model_copy(update={"kind": "known_contact"})
    context = known.context.model_copy(update={"standing": standing})
    assert "Hello Jane again," in part(compose(known.model_copy(update={"context": context}), NOW), "plain")


def test_a_lead_of_whom_only_the_address_is_known_gets_a_mail() -> None:
    message = compose(brief(person=Person(email="Jane@acme.example"), company=Company(), score=None), NOW)
    assert message["To"] == "Jane@acme.example"
    assert part(message, "plain").startswith("Hello,\n\nyou asked")


def test_an_opening_with_a_link_is_left_out_whole() -> None:
    score = SCORE.model_copy(update={"opening": "Your page evil.com is down, I saw."})
    assert "I saw" not in part(compose(brief(score=score), NOW), "plain")


def test_the_same_brief_gives_the_same_bytes() -> None:
    assert compose(brief(), NOW).as_bytes() == compose(brief(), NOW).as_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "山田太郎",
        "Zoë, Ångström",
        'Jane "JD" Doe',
        "Doe, Jane (Acme); x",
        "Константин Константинович Константинопольский",
        "If you are reading this, you have been in a coma for almost twenty years, Jane",
        "=?utf-8?q?=65vil?=",
    ],
)
def test_a_name_of_any_script_is_read_back(name: str) -> None:
    message = compose(from_stranger(name), NOW)
    assert_sound(message)
    assert_nothing_slipped_in(message)


@settings(deadline=None)
@given(hostile)
@example("0@")  # the greeting's comma comes right behind it
def test_whatever_a_form_says_the_mail_is_sound_and_clean(text: str) -> None:
    message = compose(from_stranger(text), NOW)
    assert_sound(message)
    assert_nothing_slipped_in(message)


def test_naughty_strings_do_no_harm() -> None:
    strings = naughty_strings()
    for text in strings[::4]:  # test_safe_text has all of them
        message = compose(from_stranger(text), NOW)
        assert_sound(message)
        assert_nothing_slipped_in(message)


def test_a_domain_with_other_letters_is_written_in_ascii() -> None:
    message = compose(brief(person=Person(email="jane@bücher.example")), NOW)
    assert parsed(message)["To"].addresses[0].addr_spec == "jane@xn--bcher-kva.example"


def test_an_address_with_other_letters_is_written_in_utf8() -> None:
    message = compose(brief(person=Person(full_name="José", email="josé@acme.example")), NOW)
    assert "José <josé@acme.example>" in str(parsed(message)["To"])


@pytest.mark.parametrize("address", [None, "", "no address", "a@b@c", "a@b.example\r\nBcc: c@d.example"])
def test_without_an_address_there_is_no_draft(address: str | None) -> None:
    why = Draft().skip(brief(person=Person(email=address)))
    assert why is not None
    assert "address" in why
    assert Draft().skip(brief()) is None


def test_a_track_without_a_template_is_a_mistake_of_the_playbook() -> None:
    with pytest.raises(PlaybookError, match="the track priority has the action draft"):
        compose(brief(rules=PLAYBOOK), NOW)


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.Larkfield.example:8080/about", "larkfield.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        (None, "mail.example"),
        ("", "mail.example"),
    ],
)
def test_ids_end_in_the_domain_of_the_business(website: str | None, domain: str) -> None:
    owner = PLAYBOOK.business.owner.model_copy(update={"email": "h@mail.example"})
    assert playbook(website=website, owner=owner).business.own_domain == domain


def test_a_draft_is_found_again_and_its_receipt_says_where_it_waits() -> None:
    async def write_and_find() -> None:
        mail = FakeMail()
        assert await Draft().find(brief(), tools(mail=mail)) is None
        written = await Draft().act(brief(), tools(mail=mail), lambda: NOW)
        assert written.note == "Waits among the drafts for review."
        assert await Draft().find(brief(), tools(mail=mail)) == written
        assert [*mail.drafts] == [written.external_id]

    anyio.run(write_and_find)


class ForgetfulMail(FakeMail):
    """Finds drafts by their recipient, too."""

    def __init__(self, found: Written | None = None) -> None:
        super().__init__()
        self.found = found
        self.asked: list[tuple[str, datetime, str]] = []

    async def find_draft_to(self, recipient: str, since: datetime, message_id: str) -> Written | None:
        self.asked.append((recipient, since, message_id))
        return self.found


def test_where_our_headers_are_lost_a_draft_to_the_leads_address_since_it_came_in_is_looked_for() -> None:
    edited = Written(external_id="7", note="A draft to this person was found, and left as it is.")
    mail = ForgetfulMail(edited)
    lead = brief(submitted_at=NOW, person=Person(email="Jane@b\u00fccher.example"))
    assert anyio.run(Draft().find, lead, tools(mail=mail)) == edited
    ((recipient, since, message_id),) = mail.asked
    assert recipient == "Jane@xn--bcher-kva.example"
    assert timedelta(0) < NOW - since <= timedelta(minutes=1)
    assert message_id == compose(lead, NOW)["Message-ID"]


def test_a_draft_that_still_has_our_headers_is_not_looked_for_by_its_recipient() -> None:
    mail = ForgetfulMail()
    anyio.run(Draft().act, brief(), tools(mail=mail), lambda: NOW)
    assert anyio.run(Draft().find, brief(), tools(mail=mail)) is not None
    assert mail.asked == []
