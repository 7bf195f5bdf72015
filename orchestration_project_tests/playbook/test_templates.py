"""Draft templates: their front matter, the names they may use, and filling them in."""

from itertools import product
from pathlib import Path

import pytest
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from orchestration_project.playbook.load import check_playbook, load_playbook
from orchestration_project.playbook.model import TEMPLATE_NAMES
from orchestration_project_tests.playbook.conftest import KNOWN, OWN_PLAYBOOK

FILE = "playbook/drafts/extra.md"


def _mistakes(folder: Path, text: str) -> list[tuple[int | None, str]]:
    (folder / "drafts" / "extra.md").write_text(text, encoding="utf-8")
    mistakes = check_playbook(folder, KNOWN)
    assert all(mistake.file == FILE and mistake.mend for mistake in mistakes)
    return [(mistake.line, mistake.what) for mistake in mistakes]


def test_a_template_is_a_subject_and_a_body(folder: Path) -> None:
    assert _mistakes(folder, "---\nsubject: 'Re: {{ business }}'\n---\n\nHello,\n\nbye\n") == []

    template = load_playbook(folder, KNOWN).templates["extra.md"]

    assert template.subject == "Re: {{ business }}"
    assert template.body == "Hello,\n\nbye\n"


def test_windows_line_ends_make_no_difference(folder: Path) -> None:
    (folder / "drafts" / "extra.md").write_bytes(b"---\r\nsubject: Hi\r\n---\r\nHello\r\nyou\r\n")

    assert load_playbook(folder, KNOWN).templates["extra.md"].body == "Hello\nyou\n"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("Hello\n", 1, "There is no subject."),
        ("---\nsubject:\n---\nHello\n", 1, "There is no subject."),
        ("---\nsubject: Hi\nHello\n", 1, "There is no subject."),
        (
            "---\nsubjekt: Hi\nsubject: Hi\n---\nHello\n",
            2,
            "There is no key `subjekt` between the `---` lines.",
        ),
        ("---\nsubject: Hi\n---\n \n", 1, "There is no text below the subject."),
        ("---\nsubject: Hi {{ nane }}\n---\nHello\n", 2, "A draft cannot use `nane`."),
        ("---\nsubject: Hi\n---\nHello\n\n{{ email }}\n", 6, "A draft cannot use `email`."),
        ("---\nsubject: Hi\n---\n\n\nHello\n{{ email }}\n", 7, "A draft cannot use `email`."),
        ("---\nsubject: Hi\n---\n{% include 'priority.md' %}\n", 4, "A draft cannot include other files."),
        ("---\nsubject: {{ company }}\n---\nHello\n", 2, "Nothing is left of this"),
        ("---\nsubject: Hi\n---\n{% if opening %}Hello{% endif %}\n", 4, "Nothing is left of this"),
        ("---\nsubject: Hi\n---\nHello\n{% if opening %}\n", 5, "This is not a Jinja template"),
        ("---\nsubject: Hi\n---\nHello {{ company | shout }}\n", 4, "This is not a Jinja template"),
        ("---\nsubject: Hi\n---\nHello {{ company.name }}\n", 4, "This cannot be filled in"),
        ("---\nsubject: Hi\n---\nHello {{ 1 / (company | length) }}\n", 4, "This cannot be filled in"),
    ],
)
def test_a_mistake_in_a_template_is_told_with_its_line(folder: Path, text: str, line: int, what: str) -> None:
    [(found_line, found)] = _mistakes(folder, text)

    assert found_line == line
    assert found.startswith(what)


def test_a_link_in_a_template_is_the_owner_s_own_business(folder: Path) -> None:
    assert _mistakes(folder, "---\nsubject: Hi\n---\nSee [the guide](https://www.example.org/guide).\n") == []


# --- the sample firm's own drafts ---------------------------------------------------------------

LEAD = {"given_name": "Priya", "company": "Harbourlight", "service": "Payroll", "opening": "Good question!"}
FIRM = {
    "full_name": "Priya Nair",
    "business": "Larkfield",
    "business_website": "https://larkfield.example",
    "owner_name": "Hannah Lark",
    "owner_role": "Founder",
}


@pytest.mark.parametrize("file", ["priority.md", "nurture.md", "decline.md"])
def test_the_firm_s_drafts_read_well_whatever_is_unknown(file: str) -> None:
    template = load_playbook(OWN_PLAYBOOK, KNOWN).templates[file]
    jinja = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)

    for known in product((True, False), repeat=len(LEAD)):
        for returning, last_wrote in ((True, "March 2026"), (True, ""), (False, "")):
            lead = {
                name: value if use else "" for (name, value), use in zip(LEAD.items(), known, strict=True)
            }
            values = FIRM | lead | {"returning": returning, "last_wrote": last_wrote}
            assert values.keys() == TEMPLATE_NAMES
            subject = jinja.from_string(template.subject).render(values)
            body = jinja.from_string(template.body).render(values)

            assert subject == subject.strip()
            assert "Hannah Lark\nFounder, Larkfield\nhttps://larkfield.example" in body
            assert body.startswith("Hello Priya,\n\n" if lead["given_name"] else "Hello,\n\n")
            assert "\n\n\n" not in body
            assert not [flaw for flaw in ("  ", " ,", " .", "()", "..") if flaw in body]


@pytest.mark.parametrize("file", ["priority.md", "nurture.md", "decline.md"])
def test_what_our_own_mails_say_behind_the_opening_speaks_of_the_message(file: str) -> None:
    """The opening ends with a service, so that "it" would be that."""
    body = load_playbook(OWN_PLAYBOOK, KNOWN).templates[file].body
    behind = body.partition("{{ opening }}")[2].partition("{% endif %}")[2]
    assert behind
    assert " it" not in behind.partition(",")[0].partition(".")[0]
