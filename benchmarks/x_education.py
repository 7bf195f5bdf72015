"""How much of the outcome can be known when a lead comes in, and how much of it the offline scorecard finds.

On a real set that is not shipped: 9,240 leads of an online school with outcomes, without dates, so in the
order of their numbers. .venv/bin/python benchmarks/x_education.py PATH/Leads.csv [--import] [--picture FILE]
With `--import` the file is also taken into an installation of its own by `leads import`, which is measured.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pandas as pd

from orchestration_project.connectors.form_source.csv_file import GoodRow, open_csv
from orchestration_project.connectors.form_source.csv_mapping import CsvMapping, read_mapping
from orchestration_project.data.normalise import normalise
from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.history.evaluation.fields import Known
from orchestration_project.history.evaluation.pictures import found_of_the_signal
from orchestration_project.history.evaluation.quality import Question, ScoreQuality, score_quality
from orchestration_project.history.evaluation.trying import try_all
from orchestration_project.installation import WORKING_COPY
from orchestration_project.model import (
    CompanyProfile,
    Context,
    Finding,
    Ref,
    Standing,
    Submission,
    WebPage,
)
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook

MAPPING = Path(__file__).with_name("x_education.yaml")
ON_THE_WEBSITE = ("TotalVisits", "Total Time Spent on Website", "Page Views Per Visit")
"""Known at submission where the website counts; a form alone does not tell."""
HOW_THEY_CAME = ("Lead Origin", "Lead Source")
NOW = datetime.now(UTC)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", type=Path)
    asked.add_argument("--import", dest="imports", action="store_true")
    asked.add_argument("--picture", type=Path)
    options = asked.parse_args()

    table = pd.read_csv(options.file)
    mapping = read_mapping(MAPPING, open_csv(options.file))
    leads, outcomes, features = frames(table, mapping)
    leads = leads.merge(offline_scores(options.file, mapping), on="ref")
    print(f"{len(leads):,} leads, {(outcomes['outcome'] == 'won').mean():.1%} of them won.")
    print(f"The offline scorecard gives these scores: {leads['score'].value_counts().to_dict()}\n")

    every: dict[str, Known] = dict.fromkeys(map(str, features.columns), "submission")
    later: dict[str, Known] = dict.fromkeys(mapping.later, "later")
    form_only: dict[str, Known] = dict.fromkeys((*ON_THE_WEBSITE, *HOW_THEY_CAME), "later")
    known = told("known at submission", leads, outcomes, features, every | later)
    told("form answers only", leads, outcomes, features, every | later | form_only)
    print(known.headline)
    print(f"Refused by name: {', '.join(named(known, 'refused'))}.\n")

    print("And if the mapping had declared nothing, neither what came later nor that `Select` is no answer:")
    *_, features = frames(table, mapping.model_copy(update={"no_answer": ()}))
    guarded = told("flagged fields left out", leads, outcomes, features, every)
    for check in guarded.fields:
        if check.verdict == "flagged":
            print(f"  flagged: {check.name}: {check.why}")
    flagged = {check.name for check in guarded.fields if check.verdict == "flagged"}
    others: dict[str, Known] = {name: "later" for name in mapping.later if name not in flagged}
    told("honest ones and the flagged", leads, outcomes, features, every | others, Question(trusted=flagged))
    told("all trusted, leaks and all", leads, outcomes, features, every, Question(trusted=frozenset(every)))
    if options.picture and (drawn := found_of_the_signal(known)):
        options.picture.write_bytes(drawn)
    if options.imports:
        import_it(options.file)


def frames(table: pd.DataFrame, mapping: CsvMapping) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Leads in the order of their numbers, outcomes, and every column but ids and the outcome."""
    assert mapping.outcome is not None
    ref, outcome = table[mapping.fields["id"]], mapping.outcome
    won = table[outcome.column].astype(str).isin(outcome.won)
    leads = pd.DataFrame({"ref": ref, "at": table["Lead Number"], "source": table["Lead Source"]})
    outcomes = pd.DataFrame({"ref": ref, "outcome": won.map({True: "won", False: "lost"}), "at": pd.NaT})
    features = table.drop(columns=[mapping.fields["id"], "Lead Number", outcome.column])
    return leads, outcomes, features.replace(list(mapping.no_answer), None).assign(ref=ref)


def offline_scores(file: Path, mapping: CsvMapping) -> pd.DataFrame:
    """Through the same reading as `leads import`, so that nothing set aside reaches the scorer."""
    playbook = load_playbook(WORKING_COPY / "playbook", capabilities())
    contexts: list[Context] = []
    rows = open_csv(file).rows(mapping.fields, no_answer=mapping.no_answer, aside=mapping.aside)
    for row, _ in rows:
        assert isinstance(row, GoodRow)
        assert row.delivery.external_id
        ref = Ref(row.delivery.external_id)
        submission = Submission(
            ref=ref,
            source="x_education",
            external_id=ref,
            received_at=NOW,
            payload=json.loads(row.delivery.raw),
        )
        contexts.append(
            Context(
                lead=normalise(submission, playbook.business, {}, playbook.limits),
                standing=Standing(kind="new"),
                website=Finding[WebPage](status="not_asked"),
                company=Finding[CompanyProfile](status="not_asked"),
            )
        )
    tried = anyio.run(try_all, OfflineScorer(), contexts, playbook, NOW)
    return pd.DataFrame({"ref": [one.ref for one in tried], "score": [one.value for one in tried]})


def told(
    name: str,
    leads: pd.DataFrame,
    outcomes: pd.DataFrame,
    features: pd.DataFrame,
    known: Mapping[str, Known],
    question: Question | None = None,
) -> ScoreQuality:
    started = time.process_time()
    found = score_quality(leads, outcomes, features, known, as_of=pd.Timestamp(NOW), question=question)
    assert found.yardstick is not None, found.without_yardstick
    areas = ", ".join(f"{model} {area:.3f}" for model, area in found.yardstick.models.items())
    print(f"  yardstick, {name}: {areas} ({time.process_time() - started:.1f} CPU s)")
    return found


def named(found: ScoreQuality, verdict: str) -> list[str]:
    return [check.name for check in found.fields if check.verdict == verdict]


def import_it(file: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        # as root the embedded server is another user
        Path(home).chmod(0o755)
        environment = {**os.environ, "LEADS_HOME": f"{home}/leads", "LEADS_DATABASE_URL": ""}
        command = [
            str(Path(sys.executable).with_name("leads")),
            "import",
            str(file),
            "--mapping",
            str(MAPPING),
        ]
        started = time.monotonic()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        print(f"\n$ leads import Leads.csv --mapping {MAPPING.name}   {time.monotonic() - started:.0f} s")
        print(done.stdout)


if __name__ == "__main__":
    main()
