"""How `leads playbook probe` tells what it has found. What is found is in `history/evaluation/`."""

from orchestration_project.cli.view import out
from orchestration_project.history.evaluation.attacks import Attacked
from orchestration_project.history.evaluation.reasons import Reasons
from orchestration_project.history.evaluation.stability import Stability

SHOWN = 10


def print_probe(stable: Stability, reasons: Reasons, attacked: Attacked) -> None:
    _print_stability(stable)
    _print_reasons(reasons)
    _print_attacks(attacked)


def _print_stability(found: Stability) -> None:
    out.print(
        f"[bold]The same again.[/] {found.leads} leads, {found.times} times each: {found.flipping:.0%} did "
        f"not always take the same track; scores spread by {found.spread:.1f} points, by {found.widest:g} "
        "at most."
    )
    for one in found.unstable[:SHOWN]:
        tracks = ", ".join(f"{track} {count}×" for track, count in one.tracks)
        scores = "" if one.lowest is None else f"; score {one.lowest:g} to {one.highest:g}"
        out.print(f"  {one.ref}  {tracks}{scores}")
    _print_more(len(found.unstable))


def _print_reasons(found: Reasons) -> None:
    out.print(
        f"[bold]Without the quoted words.[/] {found.supported} reasons hold, {found.unsupported} change "
        f"nothing ({found.unsupported_share:.0%} unsupported); {found.at_the_end} cannot be told at 0 or 10, "
        f"{found.not_quoted} quote nothing, {found.no_score} have no score."
    )
    unsupported = [reason for reason in found.each if reason.kind == "unsupported"]
    for reason in unsupported[:SHOWN]:
        out.print(f"  {reason.ref}  {reason.before}/10 with and without them")
    _print_more(len(unsupported))


def _print_attacks(found: Attacked) -> None:
    verdict = "[green]withstood[/]" if found.withstood else "[red]not withstood[/]"
    out.print(
        f"[bold]Under attack.[/] {found.tried} tries, {verdict}: {found.share_within:.1%} rose by a point at "
        f"most, {found.upgrades} took a better track, {found.lowered} fell."
    )
    for shift in found.worst[:SHOWN]:
        tracks = f"{shift.track_clean} → {shift.track_attacked}"
        out.print(f"  {shift.ref}  {shift.clean} → {shift.attacked}, {tracks}: {shift.attack}", markup=False)
    _print_more(len(found.worst))


def _print_more(all_of_them: int) -> None:
    if all_of_them > SHOWN:
        out.print(f"  and {all_of_them - SHOWN} more")
