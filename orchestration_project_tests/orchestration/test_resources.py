"""The resources of runs and ticks, of which several are open in one process at once."""

import dagster as dg
import sqlalchemy

from orchestration_project.clock import utc_now
from orchestration_project.orchestration.resources import LedgerResource


def test_a_tick_that_ends_lets_its_own_locks_go_and_leaves_other_ticks_theirs(
    database: sqlalchemy.Engine,
) -> None:
    url = database.url.render_as_string(hide_password=False)
    resource = LedgerResource(database_url=url, clock=utc_now)  # pyright: ignore[reportArgumentType]
    context = dg.build_init_resource_context()
    with resource.yield_for_execution(context) as first:
        first.locks.hold(1)
        with first.engine.connect() as connection:
            with resource.yield_for_execution(context) as second:
                second.locks.hold(2)
                assert leases(second.engine) == [1, 2]
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        assert leases(first.engine) == [1]
    assert leases(database) == []


def leases(engine: sqlalchemy.Engine) -> list[int]:
    query = "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 ORDER BY objid"
    with engine.connect() as connection:
        return [*connection.exec_driver_sql(query).scalars()]
