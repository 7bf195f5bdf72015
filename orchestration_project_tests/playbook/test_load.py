"""The playbook as a whole: what the sample firm's becomes, and how all mistakes are told at once."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.form_source.typeform import Typeform
from orchestration_project.errors import PlaybookError
from orchestration_project.playbook import yaml_file
from orchestration_project.playbook.load import check_playbook, load_playbook
from orchestration_project.playbook.model import Autonomy, Playbook
from orchestration_project.playbook.tracks import ScoreRange, TrackAction
from orchestration_project_tests.connectors.services import given as connector_context
from orchestration_project_tests.playbook.conftest import KNOWN, OWN_PLAYBOOK, Edit


def test_the_playbook_of_the_project_has_no_mistakes() -> None:
    assert check_playbook(OWN_PLAYBOOK, KNOWN) == ()


def test_what_has_not_changed_is_not_parsed_again_and_a_change_is_seen_at_once(
    folder: Path, edit: Edit
) -> None:
    first = load_playbook(folder, KNOWN)
    parsed = yaml_file._parse.cache_info().misses
    assert load_playbook(folder, KNOWN) == first
    assert yaml_file._parse.cache_info().misses == parsed
    edit("playbook.yaml", "title: Payroll", "title: Wages")
    assert "Wages" in {service.title for service in load_playbook(folder, KNOWN).services}
    edit("drafts/priority.md", "{{ given_name }}", "{{ gvien_name }}")
    told = check_playbook(folder, KNOWN)
    assert "gvien_name" in told[0].what
    assert check_playbook(folder, KNOWN) == told


def test_the_documents_become_plain_types() -> None:
    playbook = load_playbook(OWN_PLAYBOOK, KNOWN)

    assert playbook.business.owner.email == "hannah@larkfield.example"
    assert playbook.business.working_hours.start == time(9)
    assert [service.name for service in playbook.services][:2] == ["bookkeeping", "payroll"]
    assert [track.name for track in playbook.tracks] == ["priority", "nurture", "not_fit"]
    assert playbook.track("priority").when.score == ScoreRange(lowest=8, highest=10)
    assert playbook.track("not_fit").when.score == ScoreRange(lowest=0, highest=3)
    assert playbook.track("nurture").actions[1:3] == (
        TrackAction(action="sequence", only="with_consent"),
        TrackAction(action="draft", instead_of="sequence"),
    )
    assert playbook.autonomy is Autonomy.DRAFT
    assert playbook.limits.duplicate_window == timedelta(hours=24)
    assert playbook.ai.prices["gpt-6.1-terra"].output == Decimal("5.00")
    assert playbook.ai.reasoning_effort == "low"
    assert playbook.connections.crm.connector == "local"
    assert set(playbook.templates) == {"priority.md", "nurture.md", "decline.md"}
    assert "5 to 50 people" in playbook.ideal_customer


def test_a_playbook_survives_its_way_through_json() -> None:
    playbook = load_playbook(OWN_PLAYBOOK, KNOWN)

    assert Playbook.model_validate_json(playbook.model_dump_json()) == playbook


def test_a_playbook_that_says_little_is_careful(folder: Path, edit: Edit) -> None:
    edit("playbook.yaml", "\nautonomy: draft\n", "\n")
    edit("playbook.yaml", "\nrequired: [email]\n", "\n")

    playbook = load_playbook(folder, KNOWN)

    assert playbook.autonomy is Autonomy.OBSERVE
    assert playbook.required == ("email",)


@pytest.mark.parametrize(
    ("written", "fallback"),
    [
        ("when_ai_fails: scorecard", None),
        ("", None),
        ("when_ai_fails: {track: nurture}", "nurture"),
        ("fallback_track: nurture", "nurture"),  # as it used to be written
    ],
)
def test_while_the_ai_fails_the_scorecard_decides_or_a_track_takes_the_leads(
    folder: Path, edit: Edit, written: str, fallback: str | None
) -> None:
    edit("playbook.yaml", "when_ai_fails: scorecard", written)

    assert load_playbook(folder, KNOWN).fallback_track == fallback


def test_how_long_a_lead_waits_is_written_in_days(folder: Path, edit: Edit) -> None:
    assert load_playbook(folder, KNOWN).limits.keep_trying == timedelta(days=3)

    edit("playbook.yaml", "keep_trying_days: 3 ", "keep_trying_days: 0.5 ")

    assert load_playbook(folder, KNOWN).limits.keep_trying == timedelta(hours=12)


def test_other_keys_of_a_connection_are_options_of_the_connector(folder: Path, edit: Edit) -> None:
    edit(
        "connections.yaml",
        "crm: {connector: local}",
        "crm: {connector: hubspot, autonomy: internal, fields: {email: mail_1}, portal: 12}",
    )

    crm = load_playbook(folder, KNOWN).connections.crm

    assert crm.autonomy is Autonomy.INTERNAL
    assert crm.fields == {"email": ("mail_1",)}
    assert crm.options == {"portal": 12}


@pytest.mark.parametrize(
    ("written", "first_look"),
    [
        ("2026-01-01", datetime(2026, 1, 1, tzinfo=UTC)),
        ('"2026-01-01"', datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T09:30:00Z", datetime(2026, 1, 1, 9, 30, tzinfo=UTC)),
        ("2026-01-01 09:30:00+02:00", datetime(2026, 1, 1, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_form_source_may_be_given_a_date_with_and_without_quotes(
    folder: Path, edit: Edit, written: str, first_look: datetime
) -> None:
    line = f"  site: {{connector: typeform, form: u6nXL7, since: {written}}}\n"
    edit("connections.yaml", "\n  # A form that", f"\n{line}  # A form that")

    connection = load_playbook(folder, KNOWN).connections.form_sources["site"]

    assert connection.options["since"] == written.strip('"')
    source = Typeform.open(connection, connector_context(httpx.AsyncClient(), {"TYPEFORM_TOKEN": "x"}))
    assert source.first_look == first_look


@pytest.mark.parametrize("file", ["playbook.yaml", "ideal_customer.md", "drafts/nurture.md"])
def test_a_change_of_the_rules_changes_the_version(folder: Path, file: str) -> None:
    before = load_playbook(folder, KNOWN).version
    with (folder / file).open("a", encoding="utf-8") as text:
        text.write("\n")

    assert load_playbook(folder, KNOWN).version != before


def test_a_change_of_the_connections_keeps_the_version(folder: Path, edit: Edit) -> None:
    before = load_playbook(folder, KNOWN).version
    edit("connections.yaml", "crm: {connector: local}", "crm: {connector: hubspot}")

    after = load_playbook(folder, KNOWN).version

    assert after == before
    assert len(after) == 12


def test_all_mistakes_of_all_files_are_told_in_one_message(folder: Path, edit: Edit) -> None:
    edit("playbook.yaml", "region: GB ", "region: UK ")
    edit("playbook.yaml", "draft: decline.md", "draft: declined.md")
    edit("connections.yaml", "chat: {connector: file}", "chat: {connector: slak}")
    edit("drafts/nurture.md", "{{ owner_name }}", "{{ ownername }}")
    (folder / "ideal_customer.md").write_text(" \n", encoding="utf-8")

    with pytest.raises(PlaybookError) as caught:
        load_playbook(folder, KNOWN)

    assert (
        str(caught.value)
        == """\
The playbook has 5 mistakes:
playbook/connections.yaml:16: `chat`: There is no chat connector called `slak`. Mend: Did you mean `slack`?
playbook/drafts/nurture.md:17: A draft cannot use `ownername`. Mend: Did you mean `owner_name`?
playbook/ideal_customer.md: This file is empty. Mend: Write down who is a good customer and why: \
the AI reads it.
playbook/playbook.yaml:7: `business.region`: `UK` is not a region. Mend: Did you mean `GB`?
playbook/playbook.yaml:116: `tracks.not_fit.draft`: There is no draft template called `declined.md`. \
Mend: Did you mean `decline.md`?"""
    )


def test_a_folder_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    [mistake] = check_playbook(tmp_path / "plabook", KNOWN)

    assert str(tmp_path / "plabook") in mistake.what
    assert "LEADS_PLAYBOOK" in mistake.mend


@pytest.mark.parametrize("file", ["playbook.yaml", "connections.yaml", "ideal_customer.md"])
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()

    [mistake] = check_playbook(folder, KNOWN)

    assert mistake.file == f"playbook/{file}"
    assert "missing" in mistake.what


@pytest.mark.parametrize(
    "file", ["playbook.yaml", "connections.yaml", "ideal_customer.md", "drafts/decline.md"]
)
def test_a_file_that_is_not_utf_8_is_named_with_its_line(folder: Path, file: str) -> None:
    path = folder / file
    path.write_bytes(b"# one\n# caf\xe9\n" + path.read_bytes())

    [mistake] = check_playbook(folder, KNOWN)

    assert (mistake.file, mistake.line) == (f"playbook/{file}", 2)
    assert mistake.what == "This is not UTF-8 text."


@pytest.mark.parametrize("text", ["", "# soon\n", "- 1\n", "crm\n"])
def test_a_file_that_is_no_list_of_keys_is_named(folder: Path, text: str) -> None:
    (folder / "connections.yaml").write_text(text, encoding="utf-8")

    [mistake] = check_playbook(folder, KNOWN)

    assert (mistake.file, mistake.line) == ("playbook/connections.yaml", 1)
    assert "`key: value`" in mistake.what


def test_what_an_editor_leaves_beside_a_draft_is_no_draft(folder: Path) -> None:
    version = load_playbook(folder, KNOWN).version
    (folder / "drafts" / ".#nurture.md").symlink_to("nobody@nowhere")

    assert load_playbook(folder, KNOWN).version == version


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from(["playbook.yaml", "connections.yaml", "drafts/nurture.md"]),
    at=st.floats(0, 1),
    cut=st.integers(0, 40),
    new=st.text(alphabet="ab:{}[]&*!|>%-?#,'\"\n\t 019.\x00é", max_size=12),
)
def test_whatever_is_in_a_file_the_answer_is_a_list_of_mistakes(
    folder: Path, file: str, at: float, cut: int, new: str
) -> None:
    original = (OWN_PLAYBOOK / file).read_text(encoding="utf-8")
    position = int(at * len(original))
    spoilt = original[:position] + new + original[position + cut :]
    (folder / file).write_text(spoilt, encoding="utf-8")

    for mistake in check_playbook(folder, KNOWN):
        assert mistake.what
        assert mistake.mend
        assert mistake.line is None or 1 <= mistake.line <= spoilt.count("\n") + 1

    (folder / file).write_text(original, encoding="utf-8")
