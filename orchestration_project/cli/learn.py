"""`leads learn`: what people have said teaches the text model and what the AI's confidence is worth, now and
not in the night.

The same happens by schedule: `history/learning.py` and `history/calibrating.py`.
"""

from typing import Annotated

import typer

from orchestration_project.cli.session import read_playbook, session
from orchestration_project.cli.view import out, print_json


def learn(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how good it would be.")] = False,
    unlearn: Annotated[
        bool,
        typer.Option(
            "--unlearn", help="Back to what was shipped: the text model and the AI's own confidence."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Teach the text model with what you called spam and genuine. It is used only if that makes it better."""
    with session() as desk:
        if unlearn:
            done = [
                words
                for unlearned, words in (
                    (desk.ledger.own_words.unlearn(), "The shipped model alone judges from now on."),
                    (desk.ledger.calibrations.unlearn(), "The AI's confidence is its own word again."),
                )
                if unlearned
            ]
            out.print(" ".join(done) or "Nothing was learned that is in use.", markup=False)
            return
        from orchestration_project.history.learning import keep_own_words, learn_own_words  # noqa: PLC0415

        if not dry_run:
            from orchestration_project.history.calibrating import learn_confidence  # noqa: PLC0415

            confidence = learn_confidence(desk.ledger)
            if not as_json:
                out.print(confidence.words, markup=False)
        learned = learn_own_words(desk.ledger, read_playbook(desk.installation))
        version = None if dry_run else keep_own_words(desk.ledger, learned)
        if version is not None:
            from orchestration_project.cli.processing import tell_own_words  # noqa: PLC0415 - dagster is slow

            tell_own_words(desk, version)
    if as_json:
        print_json(learned.model_copy(update={"weights": {}}))
        return
    out.print(learned.words, markup=False)
    if version is not None and version.live:
        out.print(
            f"In use from now on, as version {version.version}. Back: leads learn --unlearn", markup=False
        )
