"""What agrees to marketing mail, in several languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.data.consent import read_consent


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "Yes please",
            "yes, please!",
            "YES",
            "Yes, I agree",
            "I agree to receive the newsletter",
            "Sign me up",
        ),
        *(
            "I consent to marketing e-mails.",
            "Ja, gerne",
            "Ja bitte",
            "Ich stimme zu",
            "Ich möchte den Newsletter",
        ),
        *(
            "Oui, merci",
            "J'accepte de recevoir vos offres",
            "Sí, por favor",
            "Acepto recibir noticias",
            "Sì, grazie",
        ),
        *(
            "Accetto",
            "Sim, por favor",
            "Ja graag",
            "Ik ga akkoord",
            "Ja tack",
            "Tak, poproszę",
            "Да, пожалуйста",
        ),
        *("opted in", "of course", "Absolutely!", "Volontiers", "Natürlich"),
        *(
            "はい",
            "同意します",
            "是的",
            "예",
            "نعم",
            "Evet",
            "✓",
            "on",
            "checked",
            "Yes, Yes",
            '"Yes"',
            "x",
            "✅",
        ),
        "I accept the privacy policy and want the newsletter",
    ],
)
def test_a_yes_is_one_however_polite(typed: str) -> None:
    assert read_consent(typed) == (True, None)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "no",
        "No thanks",
        "Nein danke",
        "non merci",
        "false",
        "0",
        "Нет",
        "いいえ",
        "لا",
        "Not interested",
        "n/a",
    ],
)
def test_a_no_is_one_without_a_word(typed: str) -> None:
    assert read_consent(typed) == (False, None)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "maybe",
            "yes but not by mail",
            "only by phone",
            "I do not agree",
            "ask me later",
            "newsletter",
            "ja, aber nicht oft",
        ),
        *("Yes?", "I agree to nothing, not ever", "weekly", "jo@bloggs.example"),
        *(
            "I accept the privacy policy",
            "I agree to the terms and conditions",
            "Ich stimme dem Datenschutz zu",
        ),
        *(
            "Yes, I consent to having this website store my submitted information",
            "Acepto la política de privacidad",
        ),
    ],
)
def test_what_cannot_be_told_is_a_no_that_is_told(typed: str) -> None:
    agreed, problem = read_consent(typed)
    assert agreed is False
    assert problem
    assert (problem.field, problem.code) == ("consent", "unclear")


@given(st.text(max_size=40))
def test_no_text_breaks_it(typed: str) -> None:
    agreed, problem = read_consent(typed)
    assert not (agreed and problem)
