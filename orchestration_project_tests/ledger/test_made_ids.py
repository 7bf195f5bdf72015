"""Of two who take an id for the same thing, both go on with the first one."""

from orchestration_project.ledger import Ledger

FOLDER, FILE = "L-abcdefghij folder", "L-abcdefghij file"


def test_the_first_id_counts_until_it_is_given_up(ledger: Ledger) -> None:
    ids = ledger.made_ids
    assert ids.keep("Google Drive", {FOLDER: "one"}) == {FOLDER: "one"}
    assert ids.keep("Google Drive", {FOLDER: "two"}) == {FOLDER: "one"}
    assert ids.keep("Another", {FOLDER: "two"}) == {FOLDER: "two"}
    ids.drop("Google Drive", FOLDER)
    assert ids.keep("Google Drive", {FOLDER: "three"}) == {FOLDER: "three"}
    assert ids.keep("Another", {FOLDER: "three"}) == {FOLDER: "two"}


def test_of_several_each_keeps_the_one_that_it_has(ledger: Ledger) -> None:
    ids = ledger.made_ids
    ids.keep("Google Drive", {FOLDER: "one"})
    assert ids.keep("Google Drive", {FILE: "two", FOLDER: "three"}) == {FILE: "two", FOLDER: "one"}
