"""`leads fit-scorecard`: what the lines of the scorecard are worth by what became of leads, as a candidate.

The live playbook is never changed here: `leads rescore`, `compare` and `playbook promote` come after it.
"""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from orchestration_project.cli.session import read_playbook, session
from orchestration_project.cli.view import out, print_json
from orchestration_project.errors import LeadsError
from orchestration_project.model import Context
from orchestration_project.playbook.candidates import CANDIDATES
from orchestration_project.playbook.points import with_points
from orchestration_project.playbook.yaml_file import read_text, read_yaml

if TYPE_CHECKING:
    from orchestration_project.history.evaluation.fit import Fitted
    from orchestration_project.playbook.model import Playbook

RULES = "playbook.yaml"


def fit_scorecard(
    candidate: Annotated[
        str, typer.Argument(help="The folder to write, under playbook/candidates.")
    ] = "fitted",
    replace: Annotated[bool, typer.Option("--replace", help="Write over a candidate of that name.")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Learn the points of the scorecard's lines from verdicts and outcomes, as a candidate."""
    import pandas as pd  # noqa: PLC0415 - slow to import, as what is below

    from orchestration_project.history.evaluation.fit_from_ledger import fit_scorecard as learn  # noqa: PLC0415

    with session() as desk:
        folder = desk.installation.playbook
        place = folder / CANDIDATES / candidate
        if not candidate.isidentifier() and not candidate.replace("-", "_").isidentifier():
            raise LeadsError(f"`{candidate}` is no name for a candidate. Use letters, digits, - and _.")
        if place.exists() and not replace:
            raise LeadsError(f"There is a candidate {candidate} already. Take another name, or --replace it.")
        playbook = read_playbook(desk.installation)
        fitted, maturity = learn(
            desk.ledger.labels.of_leads(),
            lambda refs: desk.ledger.facts.read(Context, refs),
            playbook,
            pd.Timestamp(desk.ledger.clock()),
        )
        text, _ = read_text(folder / RULES, RULES)
        yaml, mistakes = read_yaml(folder / RULES, RULES)
        if text is None or yaml is None:
            raise LeadsError(" ".join(map(str, mistakes)))
        changed = with_points(text, yaml, fitted.after.start, fitted.after.points)
        place.mkdir(parents=True, exist_ok=True)
        (place / RULES).write_text(changed, encoding="utf-8")
    if as_json:
        print_json(fitted)
        return
    out.print(_lines(fitted, playbook))
    out.print(_told(fitted))
    out.print(maturity.words)
    out.print(
        f"Written as {folder.name}/{CANDIDATES}/{candidate}; nothing live has changed. Then: "
        f"leads rescore {candidate} --offline, leads compare {candidate}, leads playbook promote {candidate}",
        markup=False,
    )


def _lines(fitted: "Fitted", playbook: "Playbook") -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("Line")
    for heading in ("now", "learned", "leads it held for"):
        table.add_column(heading, justify="right")
    table.add_row("start", str(fitted.before.start), str(fitted.after.start), "")
    rows = zip(playbook.scorecard.signals, fitted.after.points, fitted.held, fitted.untouched, strict=True)
    for line, points, held, untouched in rows:
        learned = "as it was: too few leads" if untouched else f"{points:+d}" if points else "nothing"
        table.add_row(line.why, f"{line.points:+d}", learned, f"{held:,}")
    return table


def _told(fitted: "Fitted") -> str:
    low, high = fitted.difference.low, fitted.difference.high
    sure = "better" if low > 0 else "worse" if high < 0 else "no better for sure"
    return (
        f"\nLearned from {fitted.learned_on:,} leads, measured on the {fitted.measured_on:,} that came "
        f"after them: AUC {fitted.auc_after:.2f} instead of {fitted.auc_before:.2f} (0.50 is chance), "
        f"which is {sure} ({low:+.2f} to {high:+.2f})."
    )
