"""`leads list`, `replay` and `retry` as a person types them: filters, pages, files for a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy

from orchestration_project.cli.options import moment, scores
from orchestration_project.cli.summary_line import spoken, summary_lines
from orchestration_project.cli.table_file import COLUMNS, cells
from orchestration_project.errors import LeadsError
from orchestration_project.ledger.lead_lines import LeadLine
from orchestration_project.ledger.lead_list import Summary
from orchestration_project.ledger.submissions import make_ref
from orchestration_project_tests.cli.conftest import Shell, open_shell
from orchestration_project_tests.databases import WITH_RECORDS, fresh_database

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
LEADS = [
    {"id": "1", "name": "Ann Post", "email": "ann@acme.example", "message": "Payroll, please."},
    {"id": "2", "name": "Bo", "email": "bo@acme.example", "message": "Bookkeeping."},
    {"id": "3", "name": "Cy", "email": "cy@other.example", "message": "Payroll."},
]
REFS = [make_ref("inbox", lead["id"]) for lead in LEADS]


@pytest.fixture(scope="module")
def shell(postgres: str) -> Iterator[Shell]:
    with fresh_database(postgres, WITH_RECORDS) as engine, open_shell(address(engine)) as opened:
        # laid out as people lay it out, in one list
        answer = opened.leads("submit", "-", stdin=json.dumps(LEADS, indent=2).encode())
        assert answer.code == 0, answer.err
        yield opened


def address(engine: sqlalchemy.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def refs(shell: Shell, *arguments: str) -> list[str]:
    answer = shell.leads("list", "--json", *arguments)
    assert answer.code == 0, answer.err
    return [lead["ref"] for lead in json.loads(answer.out)]


def test_what_is_listed_can_be_narrowed_sorted_and_paged(shell: Shell) -> None:
    assert refs(shell) == REFS[::-1]
    assert refs(shell, "--sort", "oldest") == REFS
    assert refs(shell, "--text", "payroll", "--since", "today") == [REFS[2], REFS[0]]
    assert refs(shell, "--until", "2020-01-01") == []
    assert refs(shell, "--status", "done", "--status", "quarantined") == []
    page = shell.leads("list", "--limit", "2")
    assert f"2 of 3 leads.\nThe next page: the same with --after {REFS[1]}." in page.out
    assert refs(shell, "--limit", "2", "--after", REFS[1]) == [REFS[0]]
    assert refs(shell, "--limit", "1", "--all") == REFS[::-1]


def test_a_source_that_there_is_not_is_told_with_those_that_there_are(shell: Shell) -> None:
    assert "No lead has the source typo; there are: inbox." in shell.leads("list", "--source", "typo").out
    assert "No lead has the track gold; there are: none yet." in shell.leads("list", "--track", "gold").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--since", "2026-11-02", "--until", "2026-11-01"), "--since 2026-11-02 is not before"),
        (("--until", "9999-12-31"), "further away than a calendar goes"),
        (("--limit", "99999999999999999999"), "--limit"),
    ],
)
def test_times_and_numbers_that_mean_nothing_are_refused(
    shell: Shell, words: tuple[str, ...], says: str
) -> None:
    done = shell.leads("list", *words)
    assert done.code != 0 and says in done.err, done.all


def test_a_spreadsheet_gets_every_lead_and_no_formula_that_a_stranger_wrote(shell: Shell) -> None:
    answer = shell.leads("list", "--csv", "--sort", "oldest")
    header, *rows = csv.reader(io.StringIO(answer.out))
    assert tuple(header) == COLUMNS
    assert [row[0] for row in rows] == REFS
    assert [row[header.index("name")] for row in rows] == ["Ann Post", "Bo", "Cy"]
    lead = LeadLine.model_validate(json.loads(shell.leads("list", "--json").out)[0])
    for written in ("=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1"):
        assert cells(lead.model_copy(update={"name": written}))[3] == f"'{written}"


def test_a_dry_run_shows_who_is_meant_and_does_nothing(shell: Shell) -> None:
    answer = shell.leads("replay", "--text", "acme", "--spam", "--dry-run")
    assert answer.code == 0, answer.err
    assert "2 leads would be set aside as spam; nothing was done." in answer.out
    assert [ref in answer.out for ref in REFS] == [True, True, False]
    assert refs(shell, "--status", "quarantined") == []


def test_what_is_done_to_all_of_a_kind_wants_a_word_more(shell: Shell) -> None:
    unsaid = shell.leads("replay", "--text", "acme", "--spam")
    assert (unsaid.code, "2 leads would be set aside as spam. Say --yes" in unsaid.err) == (1, True)
    said = shell.leads("replay", "--text", "acme", "--spam", "--yes")
    assert (said.code, said.out.endswith("2 leads are quarantined now, as spam.\n")) == (0, True)
    assert refs(shell, "--status", "quarantined") == [REFS[1], REFS[0]]
    # who means a kind does not mean those that somebody has called spam
    for more in ((), ("--genuine",), ("--dry-run",)):
        passed = shell.leads("replay", "--text", "acme", "--yes", *more)
        told = "Passed over, as a person has called them spam: 2 leads. Named, they are replayed too.\n"
        assert (passed.code, passed.out) == (0, told)
    genuine = shell.leads("replay", REFS[0], REFS[1][:7], "--genuine")
    assert genuine.out == "2 leads are received again. `make dev` takes them at once; else `leads run`.\n"
    assert refs(shell, "--status", "received") == REFS[::-1]


def test_retry_is_for_those_that_wait(shell: Shell) -> None:
    assert shell.leads("retry").out == "There are none of that kind.\n"
    assert "neither waiting nor in need of a person: 1 lead." in shell.leads("retry", REFS[2]).out
    for which in (REFS[2], "--status=received"):
        answers = [shell.leads("retry", which, *more).out for more in ((), ("--dry-run",))]
        assert answers[0] == answers[1]
        assert answers[0].startswith("Left as before, neither waiting nor in need of a person: ")


def test_a_beginning_that_many_share_names_them_with_their_persons(shell: Shell) -> None:
    answer = shell.leads("show", "L-")
    assert answer.code == 1
    assert answer.err.splitlines()[0] == "'L-' could be one of these. Write more of it."
    assert f"  {REFS[2]}  Cy, received" in answer.err


def test_submissions_are_kept_while_the_playbook_has_a_mistake_and_go_on_once_it_is_mended(
    shell: Shell,
) -> None:
    rules = shell.playbook / "playbook.yaml"
    good = rules.read_text(encoding="utf-8")
    rules.write_text(good.replace("autonomy: draft", "autonomy: observe"), encoding="utf-8")
    rules.write_text(rules.read_text(encoding="utf-8").replace("tracks:", "trakcs:"), encoding="utf-8")
    lead = {"id": "4", "name": "Di", "email": "di@other.example", "message": "Payroll for 20 people."}
    kept = shell.leads("submit", "-", stdin=json.dumps(lead).encode())
    ref = make_ref("inbox", "4")
    assert (kept.code, kept.out) == (0, f"{ref}  received\n")
    assert "is kept and waits" in kept.err and "playbook.yaml" in kept.err
    assert shell.leads("show", ref).code == 0, "looking needs no rules"
    assert shell.leads("list", "--since", "today").code == 0
    rules.write_text(good.replace("autonomy: draft", "autonomy: observe"), encoding="utf-8")
    assert shell.leads("run").code == 0
    rules.write_text(good, encoding="utf-8")
    shown = shell.leads("show", ref).out
    assert refs(shell, "--planned", "--text", "di@other.example") == [ref]
    for told in (
        "Planned: this would be written",
        "To: Di <di@other.example>",
        "Hello Di,",
        "email: di@other",
    ):
        assert told in shown
    assert not (shell.home / "outbox").exists(), "it is only planned"
    story = json.loads(shell.leads("show", ref, "--json").out)
    assert {"crm_contact", "draft", "chat"} <= set(story["would_write"])


@pytest.mark.parametrize(
    ("written", "meant"),
    [("8", (8, 8)), ("8..10", (8, 10)), ("8..", (8, 10)), ("..3", (0, 3)), ("0", (0, 0))],
)
def test_scores_are_written_as_people_write_ranges(written: str, meant: tuple[int, int]) -> None:
    assert scores(written) == meant


@pytest.mark.parametrize("written", ["", "..", "11", "8-10", "3..1", "x", "-1", "8...10", "1.5"])
def test_what_is_no_range_of_scores_is_refused(written: str) -> None:
    with pytest.raises(LeadsError, match="scores go from 0 to 10"):
        scores(written)


@pytest.mark.parametrize(
    ("written", "end", "meant"),
    [
        ("today", False, "2026-07-01T00:00+01:00"),
        ("today", True, "2026-07-02T00:00+01:00"),
        ("Yesterday", False, "2026-06-30T00:00+01:00"),
        ("7d", False, "2026-06-24T09:30+00:00"),
        ("24h", True, "2026-06-30T09:30+00:00"),
        ("2026-06-24", False, "2026-06-24T00:00+01:00"),
        ("2026-06-24", True, "2026-06-25T00:00+01:00"),
        ("2026-06-24T14:30", True, "2026-06-24T14:30+01:00"),
        ("2026-06-24T14:30Z", False, "2026-06-24T14:30+00:00"),
    ],
)
def test_times_are_the_owner_s_and_a_day_is_meant_whole(written: str, end: bool, meant: str) -> None:
    now = NOW.replace(month=7, day=1)
    assert moment(written, now, LONDON, end=end) == datetime.fromisoformat(meant)


def test_the_summary_says_what_waits_for_whom() -> None:
    summary = Summary(
        leads=5_001,
        seconds_to_draft=4.26,
        waiting={"crm": 3, "": 1},
        needs_person=2,
        to_check=0,
        planned=0,
        to_look_at=1,
        left=2,
    )
    assert list(summary_lines(summary, 50, "L-A", narrowed=True)) == [
        "\n50 of more than 5,000 leads of that kind, from form to draft 4.3 s at the median.",
        (
            "Of all leads 2 need you (--status needs_person); 1 have something to look at (--look); "
            "2 were left by a run that has ended (`leads dev` or `leads run` goes on with them); "
            "1 wait for their time; 3 wait for crm."
        ),
        "The next page: the same with --after L-A.",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"), [(4.26, "4.3 s"), (600, "10 min"), (18_000, "5 h"), (259_200, "3 days")]
)
def test_a_time_is_said_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


def test_who_would_be_erased_is_told_to_a_program_too(shell: Shell) -> None:
    answer = shell.leads("erase", "ann@acme.example", "--dry-run", "--json")
    told = json.loads(answer.out)
    assert told == {"refs": [REFS[0]], "known_under": ["ann@acme.example"], "mentioned_in": []}
    assert "Nothing was done." in answer.err
