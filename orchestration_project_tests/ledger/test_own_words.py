"""What was learned of a firm's own words is kept whole; what was learned for another model goes."""

import pytest
import sqlalchemy

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.engine import migrate


def test_what_was_learned_is_read_as_it_was_kept_whatever_bucket_it_is_of(ledger: Ledger) -> None:
    kept = {0: 0.5, 65_536: -1.25, 131_071: 2.0}
    ledger.own_words.keep(kept, spam=5, genuine=5, words="", live=True)
    assert ledger.own_words.weights() == kept


@pytest.mark.parametrize(("live", "stay"), [(True, 0), (False, 1)])
def test_what_was_learned_for_the_smaller_model_goes_where_it_is_in_use_and_is_learned_anew(
    empty_database: sqlalchemy.Engine, live: bool, stay: int
) -> None:
    migrate(empty_database, "0031")
    with empty_database.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO leads.own_words (at, weights, spam, genuine, newest, words, live) "
            "VALUES (now(), '\\x320000000000', 9, 9, 18, '', %s)",
            (live,),
        )
    migrate(empty_database)
    with empty_database.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM leads.own_words").scalar() == stay
