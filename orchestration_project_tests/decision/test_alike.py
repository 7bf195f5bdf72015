"""Who writes nearly the same, and what of that is chance."""

from orchestration_project.decision.genuine.alike import alike

PITCH = "We found your shop and would like to list it on our market place for {} euros a month, ask for {}"


def test_a_wave_of_one_text_with_other_names_and_numbers_is_seen_in_each_of_it() -> None:
    texts = {f"L-{n}": PITCH.format(n * 7, f"Person {n}") for n in range(105)}
    near = alike(texts, {key: f"{key}@example.com" for key in texts}, list(texts))
    assert set(near.values()) == {104}


def test_one_who_sends_the_same_again_is_one_and_no_wave() -> None:
    texts = {f"L-{n}": PITCH.format(n, "Ann") for n in range(5)}
    near = alike(texts, dict.fromkeys(texts, "ann@example.com"), ["L-0"])
    assert near == {"L-0": 0}


def test_short_texts_and_texts_on_the_same_subject_are_alike_by_chance() -> None:
    texts = {
        "L-1": "Please call me back.",
        "L-2": "Please call me back.",
        "L-3": "We are a bakery with nine people and look for somebody who takes over our payroll.",
        "L-4": "Our payroll provider stops; we have nine people in our bakery and look for somebody new.",
    }
    assert set(alike(texts, {}, list(texts)).values()) == {0}
