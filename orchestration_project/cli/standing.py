"""What `leads doctor` finds out about the leads: where they stand, what they wait for, and what is stuck.

Whether a connection answers at this moment is `findings.py`; this is what the runs have met.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from orchestration_project.cli.findings import Finding
from orchestration_project.cli.session import Session
from orchestration_project.installation import CERTIFICATES
from orchestration_project.ledger.connections import ConnectionState
from orchestration_project.ledger.housekeeping import sizes
from orchestration_project.ledger.recovery import left_behind
from orchestration_project.model import Ref
from orchestration_project.text import so_many
from orchestration_project.watch.prove.model import MARK

UNTAKEN = timedelta(minutes=2)
"""A lead whose time has come is in a run within seconds; after so long nobody starts runs."""
MOVES = 5
"""So many leads are named."""
COUNTED = 5_000
"""So many of one kind are counted; how many more there are, `leads list` and the Dagster UI show."""
_GOES_ON = "`leads dev` goes on with them once it is well; where it does not run, the next `leads run` does."
_WHY = {
    "down": "does not answer as it should",
    "limited": "asked us to wait",
    "refused": "refuses our credential",
    "set_up": "is not set up as it must be",
    "changed": "answers what this version cannot use",
}


def lead_findings(desk: Session) -> Iterator[Finding]:
    """The leads, and every connection that they wait for."""
    yield _counts(desk)
    to_look_at = desk.ledger.stories.count_to_look_at()
    if to_look_at:
        yield Finding(
            what="to look at",
            state="remark",
            says=f"Something to look at, which stops nothing: {so_many(to_look_at, 'lead')}.",
            mend="`leads list --look` shows it; `leads seen REF` when you have looked.",
        )
    if (since := desk.ledger.erasing.unfinished_since()) is not None:
        yield Finding(
            what="erasure",
            state="broken",
            says=f"One that was asked for on {since:%Y-%m-%d %H:%M} UTC is not finished.",
            mend="`leads erase --go-on` goes on where it was, and says what it waits for.",
        )
    if back := _came_back(desk):
        yield Finding(
            what="erasure",
            state="broken",
            says=f"A restore has brought back {so_many(len(back), 'lead')} of people who were erased.",
            mend="`leads erase --go-on` erases them again.",
        )
    yield _sizes(desk)
    waiting = desk.ledger.connections.waiting()
    for state in desk.ledger.connections.read().values():
        if state.state != "closed":
            yield _away(state, waiting.get(state.name, 0), desk.ledger.clock())
    yield from _rules(desk)
    with desk.ledger.engine.connect() as connection:
        left = left_behind(connection)
    if left:
        yield Finding(
            what="runs",
            state="remark",
            says=f"{so_many(left, 'lead')} left by a run that has ended, as by Ctrl-C or a restart.",
            mend="`leads dev` goes on with them within seconds; where it does not run, `leads run` does.",
        )
    overdue = desk.ledger.claims.overdue(UNTAKEN)
    if overdue:
        yield Finding(
            what="runs",
            state="broken",
            says=f"{so_many(overdue, 'lead')} could go on, for {UNTAKEN.seconds // 60} minutes untaken.",
            mend="Start `leads dev`, or look in the Dagster UI why the sensor `dispatcher` does not tick.",
        )


def _sizes(desk: Session) -> Finding:
    found = sizes(desk.ledger.engine)
    told = ", ".join(f"{size.name} {size.bytes / 1e6:.1f} MB" for size in found[:3])
    whole = sum(size.bytes for size in found) / 1e6
    proof = desk.ledger.marks.read().get(MARK)
    kept = f" {proof.words}" if proof is not None else ""
    return Finding(what="sizes", state="ok", says=f"{whole:.1f} MB of tables: {told}.{kept}")


def _rules(desk: Session) -> Iterator[Finding]:
    """How the rules fare: what people and the AI say of decisions, and who runs in shadow."""
    moves = desk.ledger.scored_again.would_move(MOVES)
    if moves:
        listed = ", ".join(f"{each.ref} ({each.would}, not {each.track})" for each in moves)
        yield Finding(
            what="scored again",
            state="remark",
            says=f"The scorecard decided while the AI was away; the AI says otherwise of {listed}.",
            mend="`leads show REF` tells why; `leads replay REF` goes by it.",
        )
    yield Finding(what="corrections", state="ok", says=desk.ledger.readiness.of().words)
    shadow = desk.ledger.shadows.now()
    if shadow is not None:
        says = f"{shadow.name} scores live leads beside the live rules since {shadow.since:%Y-%m-%d}."
        yield Finding(what="shadow", state="ok", says=says)


def _came_back(desk: Session) -> tuple[Ref, ...]:
    if not (desk.installation.home / CERTIFICATES).is_dir():
        return ()  # nobody was ever erased here
    from orchestration_project.watch.erase.certificates import came_back  # noqa: PLC0415 - few installations have one

    return came_back(desk.ledger, desk.installation.home)


def _counts(desk: Session) -> Finding:
    counts = desk.ledger.stories.count(most=COUNTED)
    told = ", ".join(
        f"{_at_most(number)} {state.replace('_', ' ')}" for state, number in sorted(counts.items())
    )
    mends = {
        "needs_person": "`leads list --status needs_person` says why; then `leads replay REF`.",
        "to_check": "`leads list --status to_check` says what to look at; then `leads replay REF --genuine` "
        "or --spam.",
    }
    wanted = [mend for state, mend in mends.items() if counts.get(state)]
    return Finding(
        what="leads", state="remark" if wanted else "ok", says=told or "none yet", mend=" ".join(wanted)
    )


def _at_most(number: int) -> str:
    return f"{COUNTED:,} or more" if number >= COUNTED else str(number)


def _away(state: ConnectionState, waiting: int, now: datetime) -> Finding:
    since = f" since {state.since:%Y-%m-%d %H:%M} UTC" if state.since else ""
    at = state.next_probe
    # where nothing runs nobody asks, and the time passes
    probe = f", and is asked again at {at:%H:%M:%S} UTC" if at is not None and at > now else ""
    on_trial = state.state == "half_open"
    wait = f"{so_many(waiting, 'lead')} waiting for it"
    says = f"{_WHY.get(state.why, 'is away')}{since}{probe}; {wait}. {state.said}"
    return Finding(
        what=state.name,
        service="on trial" if on_trial else "away",
        state="remark" if on_trial or state.why in ("down", "limited") else "broken",
        says=says,
        mend=_GOES_ON if state.why in ("down", "limited") else f"Mend what it names. {_GOES_ON}",
    )
