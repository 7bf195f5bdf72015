"""Websites, and which domain is a company's."""

import pytest

from orchestration_project.data.domains import company_domain, read_website


@pytest.mark.parametrize(
    ("email", "website", "domain"),
    [
        ("jane@mail.acme.co.uk", "https://other.example", "acme.co.uk"),
        ("jane@gmail.com", "https://www.acme.co.uk/contact", "acme.co.uk"),
        ("jane@gmail.com", None, None),
        ("jane@gmail.com", "https://gmail.com", None),
        (None, "https://facebook.com/acme", None),
        ("jane@gmial.com", None, None),
        ("jane@acme.onmicrosoft.com", None, None),
        ("jane@gmail.com", "https://www.etsy.com/shop/acme", None),
        ("jane@hotmial.com", "https://acme.co.uk", "acme.co.uk"),
        (None, None, None),
    ],
)
def test_the_domain_of_a_company(email: str | None, website: str | None, domain: str | None) -> None:
    assert company_domain(email, website) == domain


@pytest.mark.parametrize(
    ("typed", "website"),
    [
        ("acme.co.uk", "https://acme.co.uk"),
        ("HTTP://www.Acme.co.uk/a?b=1", "http://www.acme.co.uk/a?b=1"),
        ("müller.de", "https://xn--mller-kva.de"),
    ],
)
def test_a_website_becomes_a_full_address(typed: str, website: str) -> None:
    assert read_website(typed) == (website, None)


@pytest.mark.parametrize(
    "typed",
    [
        "none",
        "localhost",
        "10.0.0.1",
        "http://[::1]/",
        "http://2130706433/",
        "ftp://acme.co.uk",
        "javascript:alert(1)",
        "https://user:pw@acme.co.uk",
        "https://",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_public_website_is_left_out_with_a_problem(typed: str) -> None:
    website, problem = read_website(typed)
    assert website is None
    assert problem
    assert (problem.field, problem.code) == ("website", "invalid")
