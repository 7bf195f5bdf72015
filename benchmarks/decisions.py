"""How well leads are judged: `python -m benchmarks.decisions`. Who means a submission is told of texts in
`corpus/unseen/`, which were written for this project, and of which the text model was not made. (They were
looked at while rules were written, so other texts will do a little worse; `form_spam` and `tricky` least.)
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.decision_rows import (
    of_a_wave_that_goes_on,
    paid_questions,
    seconds_for_a_slow_page,
    strangers_among_spellings,
)
from benchmarks.puppets import MODELS, openings_that_go_out, shifts, suspected
from benchmarks.same_person import measured
from benchmarks.wave import left_by_a_wave
from orchestration_project.decision.validate import validate_submission
from orchestration_project.installation import WORKING_COPY
from orchestration_project.model import Company, Lead, Person, Ref
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook

UNSEEN = Path(__file__).parent / "corpus" / "unseen"
FLOORS = {"form_spam": 74, "pitches": 32, "bots": 48, "tests": 24}
"""At least so many of each are held, or to be checked."""
HELD_FLOOR = 65
"""Of `form_spam`: set aside without a look."""
BEFORE = {"pitches": "0 of 34", "bots": "10 of 50", "tests": "9 of 25", "bad_looking": "7 of 15"}
"""By word lists alone; measured on other texts of the same kinds."""
MOST_BAD_LOOKING = 1
"""Of genuine ones in which words look bad."""
MOST_TRICKY_HELD, MOST_TRICKY = 0, 7
"""Of genuine ones that look like spam in more ways than one: set aside, and stopped at all."""


def submissions(kind: str) -> Iterator[Lead]:
    return (lead for _, lead in of_families(kind))


def of_families(kind: str) -> Iterator[tuple[str, Lead]]:
    family = kind
    for number, line in enumerate((UNSEEN / f"{kind}.txt").read_text(encoding="utf-8").splitlines()):
        if line.startswith("## "):
            family = line[3:]
        if line and not line.startswith("#"):
            name, email, message = (part.strip() for part in f"{line} ".split(" | ", 2))
            lead = Lead(
                ref=Ref(f"L-{number}"),
                source="unseen",
                external_id=str(number),
                submitted_at=datetime.now(UTC),
                person=Person(full_name=name, email=email),
                company=Company(),
                message=message,
            )
            yield family, lead


def counted(kind: str) -> tuple[int, int, int]:
    """How many there are, are held, and are to be checked, under the shipped playbook."""
    families = by_family(kind).values()
    return sum(n for n, _, _ in families), sum(h for _, h, _ in families), sum(c for _, _, c in families)


def by_family(kind: str) -> dict[str, tuple[int, int, int]]:
    playbook = load_playbook(WORKING_COPY / "playbook", capabilities())
    found: dict[str, tuple[int, int, int]] = {}
    for family, lead in of_families(kind):
        verdict = validate_submission(lead, playbook)
        number, held, to_check = found.get(family, (0, 0, 0))
        found[family] = (number + 1, held + (verdict.reason is not None), to_check + bool(verdict.doubts))
    return found


def rows() -> Iterator[tuple[str, str, str, str]]:
    """What, before, now, and what it must be."""
    for name, model in MODELS.items():
        found = shifts(model)
        before = "112 of 619" if name == "obedient" else ""
        yield f"{name} model: lifted without a person", before, f"{found.upgrades} of {found.tried}", "0"
        share = found.within / found.tried
        yield f"{name} model: shifted by one point at most", "", f"{share:.1%}", "99 %"
    doubted, asked = suspected(list(submissions("tricky")) + list(submissions("bad_looking")))
    yield "honest leads that a second opinion stops", "", f"{doubted} of {asked}", "1 %"
    out, tried = openings_that_go_out()
    yield "a puppet's openings that reach the draft", "17 of 33", f"{out} of {tried}", "0"
    strangers, spelled = strangers_among_spellings()
    yield "one person, nine spellings: taken for new", "9 of 9", f"{strangers} of {spelled}", "0"
    pairs = measured(people=1_000, seed=7)
    yield "maybe the same: precision", "", f"{pairs.precision:.2f}", "0.95"
    yield "maybe the same: recall", "", f"{pairs.recall:.2f}", "0.85"
    paid, of = paid_questions()
    yield "paid look-ups for junk and no companies", "8 of 9", f"{len(paid)} of {of}", "0"
    yield "of a wave of 105 go on by themselves", "96", str(of_a_wave_that_goes_on()), "5"
    left = left_by_a_wave()
    yield "the same through an installation: CRM contacts", "96", str(left.contacts), "5"
    yield "the same: drafts", "96", str(left.drafts), "5"
    yield "the same: lines in chat", "54", str(left.lines), "5"
    yield "seconds for a tag of many attributes", "150", f"{seconds_for_a_slow_page():.1f}", "6"


def main() -> None:
    print(f"{'texts never learned from':44}{'before':>12}{'held':>8}{'to check':>10}{'of':>6}")
    for kind in (*FLOORS, "bad_looking", "tricky"):
        number, held, to_check = counted(kind)
        print(f"{kind:44}{BEFORE.get(kind, ''):>12}{held:>8}{to_check:>10}{number:>6}")
    print("\nform_spam by its families:")
    for family, (number, held, to_check) in by_family("form_spam").items():
        print(f"{family:56}{held:>8}{to_check:>10}{number:>6}")
    print(f"\n{'':48}{'before':>12}{'now':>12}{'must':>8}")
    for what, before, now, must in rows():
        print(f"{what:48}{before:>12}{now:>12}{must:>8}")


if __name__ == "__main__":
    main()
