"""Of two who take an id for the same thing, both go on with the first one."""

from orchestration_project.ledger import Ledger


def test_the_first_id_counts_until_it_is_given_up(ledger: Ledger) -> None:
    ids = ledger.made_ids
    assert ids.kept("Google Drive", "L-abcdefghij folder") is None
    assert ids.keep("Google Drive", "L-abcdefghij folder", "one") == "one"
    assert ids.keep("Google Drive", "L-abcdefghij folder", "two") == "one"
    assert ids.keep("Another", "L-abcdefghij folder", "two") == "two"
    ids.drop("Google Drive", "L-abcdefghij folder")
    assert ids.kept("Google Drive", "L-abcdefghij folder") is None
    assert ids.kept("Another", "L-abcdefghij folder") == "two"
