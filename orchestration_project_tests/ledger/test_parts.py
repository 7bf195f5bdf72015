"""The parts of the ledger are imported when they are asked for: a wrong name must not wait until then."""

import subprocess
import sys
from inspect import get_annotations
from pathlib import Path

import pytest

from orchestration_project.clock import utc_now
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.engine import open_engine

PARTS = [name for name, said in get_annotations(Ledger).items() if "_Part[" in str(said)]


@pytest.mark.parametrize("name", PARTS)
def test_each_part_is_of_the_class_that_its_line_says_and_is_made_once(name: str) -> None:
    ledger = open_ledger(open_engine("postgresql://127.0.0.1:1/nowhere"), utc_now)
    part = getattr(ledger, name)
    assert f"_Part[{type(part).__name__}]" in str(get_annotations(Ledger)[name])
    assert getattr(ledger, name) is part


def test_a_process_that_others_are_forked_from_has_all_of_them() -> None:
    look = (
        "import sys; from orchestration_project import ledger; before = set(sys.modules); "
        "ledger.import_parts(); print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True)
    modules = {name.rpartition(".")[2] for name in done.stdout.split() if ".ledger." in name}
    folder = Path(sys.modules[Ledger.__module__].__file__ or "").parent
    assert len(modules) > len(PARTS) - 5
    assert modules <= {path.stem for path in folder.rglob("*.py")} | {"tables"}


def test_of_a_ledger_that_was_only_opened_no_part_is_imported() -> None:
    look = "import sys; from orchestration_project import ledger; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True)
    assert not {"orchestration_project.ledger.erasing", "orchestration_project.ledger.alerts"} & set(
        done.stdout.split()
    )
