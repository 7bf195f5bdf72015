"""Makes the weights of the text model anew: `python benchmarks/train_genuine.py [SMSSpamCollection]`.

From the texts in `corpus/`, which were written for this project, and, where its file is named, from four
fifths of the SMS Spam Collection (UCI, CC BY 4.0; Almeida, Gómez Hidalgo, Yamakami 2011). Of texts it has not
seen it then says how many it tells apart.
"""

import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from orchestration_project.decision.genuine import gibberish, text_model

if TYPE_CHECKING:  # a test reads this module, and they take most of a second
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent
WEIGHTS = Path(text_model.__file__).parent / "weights.bin"
LETTERS = WEIGHTS.with_name("letters.bin")
VARIANTS = 6
SMS_WEIGHT = 0.15
C = 120.0
STEEPER = 1.5
"""Texts that were learned from say less of themselves than a stranger's of a kind does: how much steeper."""
_CHOICE = re.compile(r"\{([^{}]*)\}")
UNWANTED, WANTED = ("pitches.txt", "scams.txt", "form_spam.txt"), ("genuine.txt",)
FAMILIES = "form_spam.txt"


def texts(file: str, chance: random.Random) -> Iterator[tuple[int, str, str]]:
    """Each line in some of its variants, with the number of the line and its family."""
    family = ""
    for number, line in enumerate((HERE / "corpus" / file).read_text(encoding="utf-8").splitlines()):
        if line.startswith("## "):
            family = line[3:]
        if line and not line.startswith("#"):
            made = {one_of(line, chance) for _ in range(VARIANTS)}
            yield from ((number, family, text) for text in sorted(made))


def one_of(line: str, chance: random.Random) -> str:
    """Of a line with {a|b} in it, also {a|{b|c} d}."""
    while (chosen := _CHOICE.sub(lambda found: chance.choice(found[1].split("|")), line)) != line:
        line = chosen
    return line


def corpus() -> tuple[list[str], list[int], list[str], list[float], list[str]]:
    """Texts, 1 for unwanted, the line each is of, its weight, and the family of form spam that it is of."""
    chance = random.Random(11)
    rows: list[tuple[str, int, str]] = []
    families: list[str] = []
    for label, names in ((1, UNWANTED), (0, WANTED)):
        for name in names:
            made = list(texts(name, chance))
            rows += [(text, label, f"{name}{number}") for number, _, text in made]
            families += [family if name == FAMILIES else "" for _, family, _ in made]
    groups = [group for _, _, group in rows]
    weights = [1 / groups.count(group) for group in groups]
    return [r[0] for r in rows], [r[1] for r in rows], groups, weights, families


def sms(path: Path) -> list[tuple[str, int]]:
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return [(text, int(label == "spam")) for label, _, text in (line.partition("\t") for line in lines)]


def matrix(rows: list[str]) -> "csr_matrix":
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - slow to import

    counted = [text_model.counted(text) for text in rows]
    return csr_matrix(
        (
            [share for each in counted for share in each.values()],
            (
                [index for index, each in enumerate(counted) for _ in each],
                [bucket for each in counted for bucket in each],
            ),
        ),
        shape=(len(rows), text_model.BUCKETS),
    )


def letter_table(rows: list[str]) -> bytes:
    """For each pair of letters minus 25 times the log of how often the second follows the first."""
    names = (HERE / "corpus" / "names.txt").read_text(encoding="utf-8")
    words = {word for text in [*rows, names] for word in re.findall(r"[^\W\d_]+", text.casefold())}
    counts = np.full((gibberish.LETTERS, gibberish.LETTERS), 0.3)
    for word in words:
        for pair in gibberish.pairs_of(word) if len(word) > 1 else ():
            counts[divmod(pair, gibberish.LETTERS)] += 1
    logs = np.log(counts / counts.sum(axis=1, keepdims=True))
    return np.clip(np.round(-25 * logs), 0, 255).astype(np.uint8).tobytes()


def fitted(rows: "csr_matrix", labels: np.ndarray, weights: np.ndarray) -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import

    balanced = np.where(
        labels == 1, weights / weights[labels == 1].sum(), weights / weights[labels == 0].sum()
    )
    return LogisticRegression(C=C, max_iter=400).fit(rows, labels, sample_weight=balanced * 500)


def no_place_for(weights: Path) -> str | None:
    """Why nothing is written: an installed package of another checkout would get weights of these texts."""
    tree = HERE.parent
    if weights.resolve().is_relative_to(tree.resolve()):
        return None
    return (
        f"{weights} is not of this checkout ({tree}), so nothing was read or written: Python imports the "
        f"package from elsewhere. Say where it is: PYTHONPATH={tree} python {HERE.name}/{Path(__file__).name}"
    )


def main() -> None:
    if refused := no_place_for(WEIGHTS):
        sys.exit(refused)
    from sklearn.model_selection import GroupKFold  # noqa: PLC0415 - slow to import

    rows, labels, groups, weights, families = corpus()
    held_out: list[tuple[str, int]] = []
    if len(sys.argv) > 1:
        messages = sms(Path(sys.argv[1]))
        random.Random(5).shuffle(messages)
        cut = len(messages) * 4 // 5
        held_out = messages[cut:]
        for number, (text, label) in enumerate(messages[:cut]):
            rows.append(text)
            labels.append(label)
            groups.append(f"sms{number}")
            weights.append(SMS_WEIGHT)
            families.append("")
    x, y, w = matrix(rows), np.array(labels), np.array(weights)
    ours = np.array([not group.startswith("sms") for group in groups])
    guessed = np.zeros(len(rows))
    for train, test in GroupKFold(5).split(x, y, groups):
        guessed[test] = fitted(x[train], y[train], w[train]).decision_function(x[test])
    for at in (-1.0, 0.0, 1.0, 2.0):
        print(
            f"ours, unseen, from {at:+.0f}: {np.mean(guessed[ours & (y == 1)] >= at):.1%} of the unwanted, "
            f"{np.mean(guessed[ours & (y == 0)] >= at):.1%} of the wanted"
        )
    of_kinds = sorted({*families} - {""})
    for left_out in (of_kinds[each::8] for each in range(8)):
        there = np.array([each in left_out for each in families])
        said = fitted(x[~there], y[~there], w[~there]).decision_function(x)
        for family in left_out:
            here = np.array([each == family for each in families])
            print(f"{family:22} seen for the first time: {np.mean(said[here] >= 0):.0%} of it from +0")
    model = fitted(x, y, w)
    coefficients = STEEPER * np.ravel(model.coef_)
    scale = float(np.abs(coefficients).max()) / 127
    whole = np.clip(np.round(coefficients / scale), -127, 127).astype(np.int8)
    bias = STEEPER * float(np.ravel(model.intercept_)[0])
    WEIGHTS.write_bytes(text_model.packed(scale, bias, whole.tobytes()))
    LETTERS.write_bytes(letter_table(rows))
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size // 1024} kB, {np.count_nonzero(whole)} weights")
    if held_out:
        said = np.array([text_model.read(text).logit for text, _ in held_out])
        truth = np.array([label for _, label in held_out])
        print(
            f"SMS, unseen: {np.mean(said[truth == 1] >= 1):.1%} of spam, "
            f"{np.mean(said[truth == 0] >= 1):.2%} of the rest"
        )
    worst = sorted(zip(guessed, y, rows, strict=True), key=lambda row: row[0] if row[1] else -row[0])
    for logit, label, text in worst[: int(sys.argv[2]) if len(sys.argv) > 2 else 0]:
        print(f"{logit:+.1f} {label} {text[:150]}")


if __name__ == "__main__":
    main()
