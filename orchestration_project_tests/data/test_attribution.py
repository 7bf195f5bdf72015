"""Where a visit came from."""

from orchestration_project.data.attribution import read_attribution
from orchestration_project.model import Attribution


def test_hidden_fields_win_over_the_address_of_the_landing_page() -> None:
    read = read_attribution(
        {
            "utm_source": "newsletter",
            "landing_page": "https://larkfield.example/?utm_source=google&utm_medium=cpc&utm_term=a+b#top",
            "referrer": "https://www.google.com/",
        }
    )
    assert read == Attribution(
        source="newsletter",
        medium="cpc",
        term="a b",
        referrer="https://www.google.com/",
        landing_page="https://larkfield.example/?utm_source=google&utm_medium=cpc&utm_term=a+b#top",
    )


def test_escaped_control_characters_of_an_address_are_gone() -> None:
    assert read_attribution({"landing_page": "/?utm_source=a%00b%0Ac"}).source == "ab c"


def test_an_address_that_is_none_does_no_harm() -> None:
    assert read_attribution({"landing_page": "http://[?utm_source=x"}).source == "x"
    assert read_attribution({}) == Attribution()
