"""When each service was last asked, kept where every process sees it, so that all keep one pace.

How fast a service may be asked, its connector says; the waiting is done in `connectors/rate.py`.
"""

from collections.abc import Sequence

from sqlalchemy import Engine, func, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables


def next_turn(turns: Sequence[float], now: float, requests: int, seconds: float) -> float:
    """The first moment from now on at which one more request keeps to `requests` in any `seconds`.

    `turns` are the latest moments given out so far, in order of time.
    """
    if len(turns) < requests:
        return now
    return max(now, turns[-requests] + seconds)


def take_turn(engine: Engine, name: str, requests: int, seconds: float, longest: float) -> float:
    """Seconds to wait until the next request to that service may go. A turn further away than `longest`
    is not taken, and told all the same."""
    paces = tables.paces
    with engine.begin() as connection:
        connection.execute(insert(paces).values(name=name, turns=[]).on_conflict_do_nothing())
        # the server's clock: those of two machines may differ by more than the window
        turns, now = connection.execute(
            select(paces.c.turns, func.extract("epoch", func.clock_timestamp()))
            .where(paces.c.name == name)
            .with_for_update()
        ).one()
        turn = next_turn(turns, float(now), requests, seconds)
        wait = turn - float(now)
        if wait <= longest:
            kept = [*turns, turn][-requests:]
            connection.execute(paces.update().where(paces.c.name == name).values(turns=kept))
    return wait
