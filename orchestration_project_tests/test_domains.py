"""Whose a domain is."""

import pytest

from orchestration_project.domains import is_free_mail, own_domain, registrable_domain


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.acme.co.uk", "acme.co.uk"),
        ("Mail.Larkfield.example", "larkfield.example"),
        ("acme.wixsite.com", "acme.wixsite.com"),
        ("github.io", None),
        ("xn--mller-kva.de", "xn--mller-kva.de"),
        ("co.uk", None),
        ("127.0.0.1", None),
        ("localhost", None),
        ("", None),
    ],
)
def test_the_registrable_domain_of_a_host(host: str, domain: str | None) -> None:
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    "domain", ["gmail.com", "gmx.de", "outlook.com", "proton.me", "tuta.com", "btinternet.com"]
)
def test_free_mail_providers_are_known(domain: str) -> None:
    assert is_free_mail(f"jane@{domain}")
    assert not is_free_mail(f"jane@not-{domain}")


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.acme.co.uk/contact", "acme.co.uk"),
        ("acme.co.uk", "acme.co.uk"),
        ("http://shop.acme.wixsite.com", "acme.wixsite.com"),
        ("https://www.facebook.com/acme", None),
        ("https://de-de.facebook.com/acme", None),
        ("https://sites.google.com/view/acme", None),
        ("https://www.google.de/maps/place/acme", None),
        ("https://www.amazon.co.uk/stores/acme", None),
        ("https://acme.substack.com", None),
        ("https://acme.wordpress.com", None),
        ("https://acme.squarespace.com", None),
        ("https://acme.business.site", None),
        ("https://acme.godaddysites.com", None),
        ("https://acme.jimdosite.com", None),
        ("https://beacons.ai/acme", None),
        ("gmail.com", None),
        ("http://192.0.2.1/", None),
        ("http://[broken", None),
        ("N/A", None),
        ("", None),
    ],
)
def test_a_domain_is_somebodys_own_or_shared(website: str, domain: str | None) -> None:
    assert own_domain(website) == domain
