"""Which addresses and names are public. Reading from them: test_reader.py."""

import ipaddress
import socket

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.connectors.website import network
from orchestration_project.connectors.website.network import is_public, is_reserved_name, resolve_by_system
from orchestration_project.errors import TransientServiceError


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "2001:4860:4860::8888", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_all_other_addresses_are_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_ipv6_form_of_a_private_address_is_public(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    forms = (number, 0xFFFF << 32 | number, 0x2002 << 112 | number << 80, 0x64FF9B << 96 | number)
    assert not any(is_public(str(ipaddress.IPv6Address(form))) for form in forms)


@pytest.mark.parametrize("name", ["localhost", "intranet", "a.localhost", "a.home.arpa", "A.INTERNAL."])
def test_private_names_are_reserved(name: str) -> None:
    assert is_reserved_name(name)


@pytest.mark.parametrize("name", ["acme.com", "example.com", "local.acme.com", "xn--mller-kva.de"])
def test_public_names_are_not(name: str) -> None:
    assert not is_reserved_name(name)


def failing(code: int) -> object:
    async def getaddrinfo(*_: object, **__: object) -> object:
        raise socket.gaierror(code, "says no")

    return getaddrinfo


def test_a_name_nobody_knows_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network.anyio, "getaddrinfo", failing(socket.EAI_NONAME))
    assert list(anyio.run(resolve_by_system, "nobody.acme.com")) == []


def test_a_name_server_that_does_not_answer_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network.anyio, "getaddrinfo", failing(socket.EAI_AGAIN))
    with pytest.raises(TransientServiceError, match="name server"):
        anyio.run(resolve_by_system, "acme.com")


@pytest.mark.parametrize("name", ["a..com", "x" * 64 + ".com"])
def test_an_impossible_name_has_no_address(name: str) -> None:
    assert list(anyio.run(resolve_by_system, name)) == []


def test_the_system_is_asked_for_all_addresses_of_a_name() -> None:
    assert "127.0.0.1" in anyio.run(resolve_by_system, "localhost")
