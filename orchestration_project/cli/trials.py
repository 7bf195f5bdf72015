"""`leads playbook eval | add-case | probe`: what is tried out on the rules before leads meet them.

Nothing here acts. How cases are run and leads probed is in `history/evaluation/`.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from orchestration_project.cli.session import here, read_playbook, session
from orchestration_project.cli.view import out, print_json
from orchestration_project.clock import utc_now
from orchestration_project.errors import LeadsError
from orchestration_project.model import Context, JsonObject

if TYPE_CHECKING:
    from orchestration_project.history.evaluation.attacks import Attacked
    from orchestration_project.history.evaluation.cases import CaseResult
    from orchestration_project.history.evaluation.reasons import Reasons
    from orchestration_project.history.evaluation.stability import Stability

Ai = Annotated[bool, typer.Option("--ai", help="Ask the connected AI; this costs what its answers cost.")]


def evaluate(
    names: Annotated[list[str] | None, typer.Argument(help="Only these cases; all by default.")] = None,
    ai: Ai = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Run the cases of playbook/evals: leads whose right decision is known. Ends with 1 if one fails."""
    # with the scorer's libraries they take half a second
    from orchestration_project.cli.scorers import offline, with_ai  # noqa: PLC0415
    from orchestration_project.history.evaluation.cases import FOLDER, failures, load_cases, run_cases  # noqa: PLC0415

    installation = here()
    playbook = read_playbook(installation)
    cases = load_cases(installation.playbook / FOLDER, playbook)
    unknown = sorted(set(names or ()) - set(cases))
    if unknown:
        raise LeadsError(f"There is no case {', '.join(unknown)} in {installation.playbook / FOLDER}.")
    chosen = {name: case for name, case in cases.items() if not names or name in names}
    if not chosen:
        raise LeadsError(
            f"There are no cases in {installation.playbook / FOLDER}. `leads playbook add-case` adds one."
        )
    work = partial(run_cases, chosen, playbook=playbook, now=utc_now())
    if ai:
        with session() as desk:
            results = with_ai(desk, playbook, work)
    else:
        results = offline(work)
    if as_json:
        print_json(results)
    else:
        _print_results(results)
    if failed := failures(results):
        raise LeadsError(
            f"{len(failed)} of {len(results)} cases failed: {', '.join(one.name for one in failed)}."
        )


def _print_results(results: "Sequence[CaseResult]") -> None:
    """Those that fail last, where a person looks first."""
    wide = max(len(result.name) for result in results)
    for result in sorted(results, key=lambda one: (one.counts_against, bool(one.wrong), one.name)):
        mark = "[green]✓[/]" if result.passed else "[yellow]~[/]" if result.hard else "[red]✗[/]"
        out.print(f"{mark} {result.name:<{wide}}  {result.got}", soft_wrap=True)
        lines = (
            ()
            if result.passed
            else (result.what, *result.wrong, *(f"Hard: {why}" for why in [result.hard] if why))
        )
        for line in lines:
            out.print(Padding(Text(line, style="dim"), (0, 0, 0, 4)))
    passed = sum(result.passed for result in results)
    hard = sum(not result.passed and bool(result.hard) for result in results)
    out.print(f"{passed} of {len(results)} cases hold{f', {hard} (~) are known to be hard' if hard else ''}.")


def add_case(
    ref: Annotated[str, typer.Argument(help="As `leads list` shows it; its beginning will do.")],
    track: Annotated[str, typer.Option(help="The right track of this lead.")],
    why: Annotated[str, typer.Option(help="What the case is there for, in a sentence.")] = "",
    name: Annotated[str | None, typer.Option(help="Of the case; the lead's ref by default.")] = None,
) -> None:
    """Make an eval case of a lead that was decided wrongly. Read it: the person is taken out of it."""
    from orchestration_project.history.evaluation.cases import FOLDER, load_cases  # noqa: PLC0415 - as above
    from orchestration_project.history.evaluation.new_case import payload_of, write_case  # noqa: PLC0415
    from orchestration_project.intake import read_submission  # noqa: PLC0415

    with session() as desk:
        playbook = read_playbook(desk.installation)
        tracks = [one.name for one in playbook.tracks]
        if track not in tracks:
            raise LeadsError(f"There is no track {track!r}; there are {', '.join(tracks)}.")
        known_as = desk.ledger.stories.resolve(ref)
        context = desk.ledger.facts.read(Context, [known_as]).get(known_as)
        (raw,) = desk.ledger.submissions.read([known_as])
        lead = context.lead if context else read_submission(raw, playbook)
        if lead is None:
            raise LeadsError(f"{known_as} cannot be read as a lead, so there is nothing to decide of it.")
        case: JsonObject = {"what": why or f"A person said that {track} is right."}
        if context is not None and context.standing.kind == "known_contact":
            case["known_contact"] = True
        folder = desk.installation.playbook / FOLDER
        path = write_case(
            folder, name or known_as, {**case, "expect": {"track": track}, "lead": payload_of(lead)}
        )
        load_cases(folder, playbook)
    out.print(f"Kept in {path}. Read it: names of others in the message are still there.", soft_wrap=True)
    out.print("`leads playbook eval` runs it.")


def probe(
    last: Annotated[int, typer.Option(min=1, help="So many of the newest leads.")] = 20,
    times: Annotated[int, typer.Option(min=2, help="How often each is scored to see whether it stays.")] = 3,
    attacks: Annotated[
        Path | None, typer.Option(help="A CSV of more attacks, with columns `prompt` and `name`.")
    ] = None,
    ai: Ai = False,
) -> None:
    """Does the scorer hold? The same leads again, without the words it quotes, and with attacks planted."""
    from orchestration_project.cli.probing import print_probe  # noqa: PLC0415 - as above
    from orchestration_project.cli.scorers import offline, with_ai  # noqa: PLC0415
    from orchestration_project.decision.scorer import Scorer  # noqa: PLC0415
    from orchestration_project.history.evaluation.attacks import OURS, attack_all, read_attacks  # noqa: PLC0415
    from orchestration_project.history.evaluation.reasons import check_reasons  # noqa: PLC0415
    from orchestration_project.history.evaluation.stability import measure_stability  # noqa: PLC0415

    planted = (*OURS, *(read_attacks(attacks) if attacks else ()))
    now = utc_now()
    with session() as desk:
        playbook = read_playbook(desk.installation)
        contexts = desk.ledger.facts.newest(Context, last)
        if not contexts:
            raise LeadsError("There are no leads here to probe the scorer with. `make demo` sends some.")
        if ai:
            most = len(contexts) * (times + 2 + 2 * len(planted))
            out.print(f"At most {most:,} questions to the AI, within the day's limit of playbook.yaml.")

        async def work(scorer: Scorer) -> "tuple[Stability, Reasons, Attacked]":
            return (
                await measure_stability(scorer, contexts, playbook, now, times=times),
                await check_reasons(scorer, contexts, playbook, now),
                await attack_all(scorer, contexts, planted, playbook, now),
            )

        stable, reasons, attacked = with_ai(desk, playbook, work) if ai else offline(work)
    print_probe(stable, reasons, attacked)
