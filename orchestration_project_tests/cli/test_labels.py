"""`leads verdict`, `leads import --outcomes`, a mapping file and `leads export`, as a person types them."""

from pathlib import Path

import pandas as pd
import pytest

from orchestration_project_tests.cli.conftest import Shell

LEADS = """Id,E-mail,Created,Source,Converted,Lead Quality,Question
1,anna@one.example,2026-03-01,google,1,high,Do you do payroll for twenty people?
2,bo@two.example,2026-03-02,bing,0,low,
3,carla@three.example,2026-03-03,google,perhaps,low,
4,dora@four.example,2026-03-04,google,,low,
"""
MAPPING = """source: old crm
fields: {id: Id, email: E-mail, submitted_at: Created, utm_source: Source, message: Question}
leave_out: [Lead Quality]
outcome: {column: Converted, won: ["1"], lost: ["0"]}
"""
OUTCOMES = """id,email,Stage,at,value,currency
2,,Closed won,2026-05-01,"1,200.50",gbp
,DORA@four.example,lost,2026-05-02,,
,nobody@else.example,won,2026-05-03,10,GBP
1,,maybe,2026-05-04,,
,dora@four.example,won,2026-01-01,,
"""


@pytest.fixture(scope="module")
def imported(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("csv")
    (folder / "old.csv").write_text(LEADS, encoding="utf-8")
    (folder / "map.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "deals.csv").write_text(OUTCOMES, encoding="utf-8")
    done = shell.leads("import", str(folder / "old.csv"), "--mapping", str(folder / "map.yaml"))
    assert done.code == 0, done.err
    again = shell.leads("import", str(folder / "old.csv"), "--mapping", str(folder / "map.yaml"))
    assert "0 imported, 3 were here already" in again.out
    deals = shell.leads("import", str(folder / "deals.csv"), "--outcomes", "--map", "outcome=Stage")
    assert deals.code == 0, deals.err
    return done.out + deals.out


def exported(
    shell: Shell, folder: Path, table: str, *more: str, kind: str = "parquet", until: str = "2026-06-30"
) -> pd.DataFrame:
    file = folder / f"{table}.{kind}"
    done = shell.leads("export", table, "--to", str(file), "--since", "2026-02-01", "--until", until, *more)
    assert done.code == 0, done.err
    return pd.read_parquet(file) if kind == "parquet" else pd.read_csv(file)


def test_a_mapping_file_takes_leads_and_what_became_of_them_from_one_file(imported: str) -> None:
    assert "4 rows of old.csv: 3 imported, 0 were here already, 1 not taken." in imported
    assert "2 outcomes new, or other than before." in imported
    assert "its outcome (column Converted) is none of 1, 0" in imported


def test_outcomes_find_their_lead_and_the_others_are_told_by_line(imported: str) -> None:
    assert "5 rows of deals.csv: 2 outcomes taken in, 0 known already." in imported
    assert "line 4: it speaks of no lead that we know, or of none that had come by then" in imported
    assert "line 5: its outcome 'maybe' is not won, lost or no answer" in imported
    assert "line 6: it speaks of no lead that we know" in imported, "what came before the lead is not of it"


def test_what_nobody_knew_when_the_lead_was_sent_is_in_no_lead(
    shell: Shell, imported: str, tmp_path: Path
) -> None:
    outcomes = exported(shell, tmp_path, "outcomes")
    assert sorted(outcomes["outcome"]) == ["lost", "won", "won"]
    assert outcomes["value"].max() == 1200.5
    leads = exported(shell, tmp_path, "leads", "--with-texts", kind="csv")
    assert set(leads["message"].dropna()) == {"Do you do payroll for twenty people?"}
    written = leads.to_csv()
    assert "Lead Quality" not in written and "Converted" not in written


def test_an_export_holds_texts_only_where_somebody_asks_for_them(
    shell: Shell, imported: str, tmp_path: Path
) -> None:
    leads = exported(shell, tmp_path, "leads", until="today")
    assert len(leads) == 3
    assert "message" not in leads and "anna" not in leads.to_csv()
    assert str(leads["submitted_at"].dtype) == "datetime64[us, UTC]"
    refused = shell.leads("export", "funnel", "--to", str(tmp_path / "f.csv"), "--with-texts")
    assert refused.code == 1 and "--with-texts goes with the table leads" in refused.err
    assert shell.leads("export", "funel", "--to", str(tmp_path / "f.csv")).code == 1
    assert shell.leads("export", "funnel", "--to", str(tmp_path / "f.xlsx")).code == 1


def test_a_verdict_is_kept_and_told_and_changes_nothing_else(
    shell: Shell, imported: str, tmp_path: Path
) -> None:
    ref = str(exported(shell, tmp_path, "leads")["ref"].iloc[0])
    done = shell.leads("verdict", ref, "--score", "9", "--track", "priority", "--note", "a good one")
    assert done.code == 0, done.err
    assert f"Kept: {ref} should have been track priority, score 9." in done.out
    verdicts = exported(shell, tmp_path, "verdicts", until="today")
    assert sorted(verdicts["kind"]) == ["score", "track"]
    assert "imported" in shell.leads("list", "--json").out
    for wrong in (("--track", "vip"), (), ("--spam", "--genuine"), ("--score", "11")):
        assert shell.leads("verdict", ref, *wrong).code != 0
    assert len(exported(shell, tmp_path, "verdicts", until="today")) == 2


def test_a_verdict_that_is_taken_back_counts_no_more_until_something_new_is_said(
    shell: Shell, imported: str, tmp_path: Path
) -> None:
    ref = str(exported(shell, tmp_path, "leads")["ref"].iloc[1])

    def counting() -> list[int]:
        said = exported(shell, tmp_path, "verdicts", until="today")
        return [int(score) for score in said[(said["ref"] == ref) & said["newest"]]["score"]]

    assert shell.leads("verdict", ref, "--score", "2").code == 0
    assert counting() == [2]
    done = shell.leads("verdict", ref, "--take-back")
    assert done.code == 0, done.err
    assert f"What was said of {ref} no longer counts" in done.out
    assert counting() == []
    assert shell.leads("verdict", ref, "--take-back", "--spam").code == 1, "one or the other"
    assert shell.leads("verdict", ref, "--score", "3").code == 0
    assert counting() == [3]


def test_an_outcome_of_a_day_is_of_a_lead_that_came_on_that_day(
    shell: Shell, imported: str, tmp_path: Path
) -> None:
    lead = "id,email,submitted_at\n71,eve@five.example,2026-05-05T16:20:00Z\n"
    (tmp_path / "late.csv").write_text(lead, encoding="utf-8")
    deals = "email,outcome,at\neve@five.example,won,2026-05-05\n"
    (tmp_path / "deals.csv").write_text(deals, encoding="utf-8")
    before = deals.replace("05-05", "05-04")
    (tmp_path / "before.csv").write_text(before, encoding="utf-8")
    assert shell.leads("import", str(tmp_path / "late.csv")).code == 0
    done = shell.leads("import", str(tmp_path / "deals.csv"), "--outcomes")
    assert "1 row of deals.csv: 1 outcome taken in, 0 known already." in done.out
    again = shell.leads("import", str(tmp_path / "deals.csv"), "--outcomes")
    assert "0 outcomes taken in, 1 known already." in again.out
    refused = shell.leads("import", str(tmp_path / "before.csv"), "--outcomes")
    assert "of none that had come by then" in refused.out
    outcomes = exported(shell, tmp_path, "outcomes")
    assert outcomes["at"].max() == pd.Timestamp("2026-05-05T16:20Z"), "not before the lead came"
