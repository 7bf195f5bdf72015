"""How well it is told who means a submission: `python benchmarks/decisions.py`. Of texts in `corpus/unseen/`,
which were written for this project, and of which the text model was not made. (They were looked at while
rules were written, so other texts will do a little worse.)
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from orchestration_project.decision.validate import validate_submission
from orchestration_project.installation import WORKING_COPY
from orchestration_project.model import Company, Lead, Person, Ref
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook

UNSEEN = Path(__file__).parent / "corpus" / "unseen"
FLOORS = {"pitches": 32, "bots": 48, "tests": 24}
"""At least so many of each are held, or to be checked."""
BEFORE = {"pitches": "0 of 34", "bots": "10 of 50", "tests": "9 of 25", "bad_looking": "7 of 15"}
"""By word lists alone; measured on other texts of the same kinds."""
MOST_BAD_LOOKING = 1
"""Of genuine ones in which words look bad."""


def submissions(kind: str) -> Iterator[Lead]:
    for number, line in enumerate((UNSEEN / f"{kind}.txt").read_text(encoding="utf-8").splitlines()):
        if line and not line.startswith("#"):
            name, email, message = (part.strip() for part in f"{line} ".split(" | ", 2))
            yield Lead(
                ref=Ref(f"L-{number}"),
                source="unseen",
                external_id=str(number),
                submitted_at=datetime.now(UTC),
                person=Person(full_name=name, email=email),
                company=Company(),
                message=message,
            )


def counted(kind: str) -> tuple[int, int, int]:
    """How many there are, are held, and are to be checked, under the shipped playbook."""
    playbook = load_playbook(WORKING_COPY / "playbook", capabilities())
    verdicts = [validate_submission(lead, playbook) for lead in submissions(kind)]
    held = sum(verdict.reason is not None for verdict in verdicts)
    return len(verdicts), held, sum(bool(verdict.doubts) for verdict in verdicts)


def main() -> None:
    print(f"{'':14}{'before':>10}{'held':>8}{'to check':>10}{'of':>6}")
    for kind in (*FLOORS, "bad_looking"):
        number, held, to_check = counted(kind)
        print(f"{kind:14}{BEFORE[kind]:>10}{held:>8}{to_check:>10}{number:>6}")


if __name__ == "__main__":
    main()
