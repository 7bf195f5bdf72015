"""Where the script that makes the text model's weights may write them."""

from pathlib import Path

from benchmarks.train_genuine import WEIGHTS, no_place_for


def test_weights_are_made_for_the_checkout_of_their_texts_and_no_other(tmp_path: Path) -> None:
    assert no_place_for(WEIGHTS) is None
    assert str(tmp_path) in (no_place_for(tmp_path / WEIGHTS.name) or "")
