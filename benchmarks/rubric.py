"""How near a scorecard comes that was written from a rubric alone, to a model's scores of 25 messages.

On a set that is not shipped, and whose messages were not looked at while `rubric.yaml` was written:
.venv/bin/python benchmarks/rubric.py PATH/scored_leads.csv
"""

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
from scipy.stats import spearmanr

from orchestration_project.data.normalise import normalise
from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.decision.route import route
from orchestration_project.installation import WORKING_COPY
from orchestration_project.model import (
    CompanyProfile,
    Context,
    Finding,
    JsonObject,
    Ref,
    Standing,
    Submission,
    WebPage,
)
from orchestration_project.offer import capabilities
from orchestration_project.playbook.candidates import load_files
from orchestration_project.playbook.files import rules_files
from orchestration_project.playbook.model import Playbook

FIELDS = {"message": ("inbound_message",), "website": ("domain",), "company": ("company_name",)}
TRACKS = {"high": "priority", "medium": "nurture", "low": "not_fit"}
NOW = datetime.now(UTC)


def main() -> None:
    live = WORKING_COPY / "playbook"
    rules = rules_files(live) | {"playbook.yaml": Path(__file__).with_name("rubric.yaml").read_bytes()}
    playbook = load_files(live, rules, "rubric", capabilities())
    with Path(sys.argv[1]).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ours: list[int] = []
    theirs: list[float] = []
    right = 0
    for number, row in enumerate(rows):
        value, track = decided(row, number, playbook)
        ours.append(value)
        theirs.append(float(row["lead_score"]))
        right += track == TRACKS[row["lead_label"].lower()]
    order: Any = spearmanr(ours, theirs)
    print(f"Spearman {order.statistic:.2f}; {right} of {len(rows)} tracks.")


def decided(row: dict[str, str], number: int, playbook: Playbook) -> tuple[int, str]:
    known = {
        name: text for name, text in row.items() if not name.startswith("lead_") and name != "justification"
    }
    payload: JsonObject = {
        **known,
        "utm_source": row["source"],
        "email": f"somebody@{row['domain'].rpartition('/')[2]}",
    }
    submission = Submission(
        ref=Ref(f"L-{number}"), source="website", external_id=str(number), received_at=NOW, payload=payload
    )
    context = Context(
        lead=normalise(submission, playbook.business, FIELDS, playbook.limits),
        standing=Standing(kind="new"),
        website=Finding[WebPage](status="not_asked"),
        company=Finding[CompanyProfile](status="not_asked"),
    )
    scoring = anyio.run(OfflineScorer().score, context, playbook)
    if scoring.score is None:
        raise ValueError(scoring.explanation)
    return scoring.score.value, route(scoring, context, playbook, NOW).track


if __name__ == "__main__":
    main()
