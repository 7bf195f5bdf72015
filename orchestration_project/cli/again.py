"""`leads replay` and `leads retry`: leads a person names, or all of a kind, go through again or go on now."""

import getpass
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from orchestration_project.cli.chosen import ALL, Chosen, with_options
from orchestration_project.cli.options import resolved
from orchestration_project.cli.session import Session, session
from orchestration_project.cli.view import coloured, leads_table, out
from orchestration_project.errors import LeadsError
from orchestration_project.ledger.lead_filter import LeadFilter
from orchestration_project.ledger.lead_lines import LeadLine
from orchestration_project.model import Correction, CorrectionKind, Ref, State
from orchestration_project.text import so_many

_STOPPED: tuple[State, ...] = ("waiting", "needs_person")
"""What `retry` lets go on; others it leaves as they are, also with --dry-run."""
SHOWN = 20
Refs = Annotated[
    list[str] | None, typer.Argument(help="As `leads list` shows them; their beginnings will do.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show which leads are meant.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before it is done to all of a kind.")]
_LATER = "`make dev` takes {them} at once; else `leads run`."


@with_options
def replay(
    refs: Refs = None,
    genuine: Annotated[
        bool, typer.Option("--genuine", help="Let them go on: a person has looked, and they are genuine.")
    ] = False,
    spam: Annotated[
        bool, typer.Option("--spam", help="Set them aside as spam instead: a person has looked.")
    ] = False,
    chosen: Chosen = ALL,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Go through leads again, from the start. What was done already is not done twice.

    Name the leads, or say which with the options of `leads list`.
    """
    if genuine and spam:
        raise LeadsError("A lead is genuine or spam. Choose one of --genuine and --spam.")
    with session() as desk:
        wanted = chosen.meant(desk)
        verb = "set aside as spam" if spam else "replayed"
        passes = None if spam or refs else _called_spam
        meant = _meant(desk, refs or (), wanted, verb, passes, dry_run=dry_run, yes=yes)
        if not meant:
            return
        stays: list[tuple[Ref, str]] = []
        if spam:
            changed = desk.ledger.by_hand.set_aside_as_spam(meant)
            label(desk, changed, CorrectionKind.SPAM)
            lines = desk.ledger.stories.list_leads(refs=changed) if changed else ()
            stays = [(lead.ref, done) for lead in lines if (done := _done(lead))]
        else:
            # where all was decided and only a look was wanted, nothing is looked up or asked anew
            checked = desk.ledger.by_hand.let_go_on(meant) if genuine else ()
            anew = desk.ledger.by_hand.replay([ref for ref in meant if ref not in checked], genuine=genuine)
            desk.ledger.connections.ask_now()
            changed = tuple(ref for ref in meant if ref in {*checked, *anew})
            if genuine:
                label(desk, changed, CorrectionKind.GENUINE)
    if left := len(meant) - len(changed):
        out.print(f"Of {so_many(left, 'lead')} nothing is left: erased on request.")
    if spam:
        _tell(changed, "quarantined", "now, as spam.")
        for ref, done in stays:
            out.print(f"  {ref} left {done}, which stays: take it back by hand if you want it gone.")
    else:
        _tell(changed, "received", "again.", _LATER)


@with_options
def retry(
    refs: Refs = None,
    chosen: Chosen = ALL,
    dry_run: DryRun = False,
) -> None:
    """Let leads that wait, or need a person, go on now where they stopped; nothing is decided anew.

    Name the leads, or say which with the options of `leads list`; without either it is all that wait.
    """
    with session() as desk:
        wanted = chosen.meant(desk, () if refs else ("waiting",))
        meant = _meant(desk, refs or (), wanted, "tried again", _going, dry_run=dry_run, yes=True)
        if not meant:
            return
        changed = desk.ledger.by_hand.retry(meant)
        desk.ledger.connections.ask_now()
    _tell(changed, "waiting", "no longer: their time has come.", _LATER)


def _called_spam(desk: Session, meant: Sequence[Ref]) -> tuple[frozenset[Ref], str]:
    """Who says which by a kind does not mean those of whom somebody has said before that they are spam."""
    spam = desk.ledger.labels.called_spam(meant)
    return (
        spam,
        f"Passed over, as a person has called them spam: {_count([*spam])}. Named, they are replayed too.",
    )


def _going(desk: Session, meant: Sequence[Ref]) -> tuple[frozenset[Ref], str]:
    """Those that neither wait nor need a person."""
    stopped = desk.ledger.lists.refs(LeadFilter(refs=tuple(meant), states=_STOPPED))
    goes = frozenset(meant) - {*stopped}
    told = f"Left as before, neither waiting nor in need of a person: {_count([*goes])}."
    return goes, f"{told} (What is to be checked goes on by `leads replay REF --genuine`.)"


def label(desk: Session, refs: Sequence[Ref], kind: CorrectionKind) -> None:
    """Keeps what a person has said: it is learned from."""
    for ref in refs:
        desk.ledger.labels.correct(Correction(ref=ref, kind=kind, said_by=getpass.getuser()))


def _meant(
    desk: Session,
    refs: Sequence[str],
    wanted: LeadFilter,
    verb: str,
    passes: Callable[[Session, Sequence[Ref]], tuple[frozenset[Ref], str]] | None,
    *,
    dry_run: bool,
    yes: bool,
) -> tuple[Ref, ...]:
    """Without those that are passed over, of which the number is told. Empty: there are none, or the person
    has thought better of it."""
    meant = _found(desk, refs, wanted)
    over, told = passes(desk, meant) if meant and passes else (frozenset[Ref](), "")
    if over or not meant:
        out.print(told or "There are none of that kind.")
    meant = tuple(ref for ref in meant if ref not in over)
    if not meant:
        return ()
    if dry_run or not (refs or yes):
        out.print(
            leads_table(desk.ledger.lists.page(LeadFilter(refs=meant[:SHOWN]), order="oldest", limit=SHOWN))
        )
        if len(meant) > SHOWN:
            out.print(f"and {len(meant) - SHOWN:,} more")
    if dry_run:
        out.print(f"\n{_count(meant)} would be {verb}; nothing was done.")
        return ()
    if not (refs or yes):
        if not sys.stdin.isatty():
            raise LeadsError(f"{_count(meant)} would be {verb}. Say --yes to do it, or --dry-run to look.")
        if not typer.confirm(f"{_count(meant)} will be {verb}. Go on?"):
            return ()
    return meant


def _found(desk: Session, refs: Sequence[str], wanted: LeadFilter) -> tuple[Ref, ...]:
    if refs:
        named = resolved(desk, refs)
        # both together: those of the named ones that are of that kind
        return named if wanted.is_empty else desk.ledger.lists.refs(_among(wanted, named))
    if wanted.is_empty:
        raise LeadsError(
            "Name the leads, or say which: --status needs_person, say. `leads list` takes the same options."
        )
    return desk.ledger.lists.refs(wanted)


def _among(wanted: LeadFilter, named: tuple[Ref, ...]) -> LeadFilter:
    return wanted.model_copy(update={"refs": named})


def _count(refs: Sequence[Ref]) -> str:
    return so_many(len(refs), "lead")


def _done(lead: LeadLine) -> str:
    """What was done for it before anybody knew better."""
    return ", ".join(line.action.replace("_", " ") for line in lead.actions if line.status == "done")


def _tell(refs: Sequence[Ref], state: str, words: str, later: str = "") -> None:
    if not refs:
        return
    who = f"{refs[0]} is" if len(refs) == 1 else f"{_count(refs)} are"
    later = later.format(them="it" if len(refs) == 1 else "them")
    out.print(f"{who} {coloured(state)} {words} {later}".rstrip())
