"""Reading hostile websites, against a real server. The rules for single addresses: test_network.py."""

import gzip
import sys
import tracemalloc
import zlib
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.abc
import psutil
import pytest

from orchestration_project.connectors.website import apart
from orchestration_project.connectors.website.apart import SMALL
from orchestration_project.connectors.website.reader import WebsiteReader
from orchestration_project.connectors.website.visit import MOST_BYTES
from orchestration_project.errors import CredentialError, PermanentServiceError, TransientServiceError
from orchestration_project_tests.connectors.website.local_site import PUBLIC, answer, local_site, redirect

pytestmark = pytest.mark.anyio

HOME = (
    b"<html><head><title> Acme\n&amp; Co </title></head><body><h1>We make bolts</h1>"
    b"<p>Acme makes bolts for the marine trade, with forty people in two sites.</p></body></html>"
)


async def test_a_page_becomes_title_and_text_without_markup() -> None:
    async with local_site({"/": answer(HOME)}) as site:
        page = await site.reader().read("https://www.acme.com/")
    assert page is not None
    assert page.url == "https://www.acme.com/"
    assert page.title == "Acme & Co"
    assert "forty people in two sites" in page.text
    assert "<" not in page.text


async def test_the_connection_goes_to_the_checked_address_under_the_sites_own_name() -> None:
    async with local_site({"/": answer(HOME)}) as site:
        await site.reader().read("https://acme.com/")
    (connection,) = site.connections
    assert connection.url.host == PUBLIC
    assert connection.extensions["sni_hostname"] == "acme.com"
    assert "host: acme.com\r\n" in site.requests[0].lower()


async def test_a_bare_domain_is_read_by_https_and_where_that_is_closed_by_http() -> None:
    async with local_site({"/": answer(HOME)}) as site:
        site.deaf.add(f"https://{PUBLIC}")
        page = await site.reader().read("acme.com")
    assert page is not None
    assert page.url == "http://acme.com"
    assert [connection.url.scheme for connection in site.connections] == ["https", "http"]


async def test_the_next_address_is_tried_when_the_first_refuses() -> None:
    async with local_site({"/": answer(HOME)}) as site:
        site.names["acme.com"] = [["2606:4700::1111", PUBLIC]]
        site.deaf.add("https://2606:4700::1111")
        assert await site.reader().read("https://acme.com/")
    assert [connection.url.host for connection in site.connections] == ["2606:4700::1111", PUBLIC]


async def test_a_redirect_is_followed_and_its_name_checked_anew() -> None:
    async with local_site({"/": redirect("https://www.acme.com/home"), "/home": answer(HOME)}) as site:
        page = await site.reader().read("http://acme.com/")
    assert page is not None
    assert page.url == "https://www.acme.com/home"
    assert site.asked_names == ["acme.com", "www.acme.com"]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://0.0.0.0/",
        "http://127.1.acme.com/",
        "http://acme.com:22/",
        "http://user:password@acme.com/",
        "http://user@acme.com/",
        "ftp://acme.com/",
        "file:///etc/passwd",
    ],
)
async def test_a_redirect_to_where_nobody_may_go_is_refused(location: str) -> None:
    async with local_site({"/": redirect(location), "/latest/meta-data/": answer(HOME)}) as site:
        site.names["127.1.acme.com"] = [["127.0.0.1"]]  # as inet_aton would have it
        with pytest.raises(PermanentServiceError, match="for safety"):
            await site.reader().read("acme.com")
    assert len(site.connections) <= 1


@pytest.mark.parametrize("location", ["http://2130706433/", "http://0x7f000001/", "http://localhost/"])
async def test_a_redirect_to_a_name_without_a_dot_leads_to_no_site(location: str) -> None:
    async with local_site({"/": redirect(location)}) as site:
        assert await site.reader().read("acme.com") is None
    assert site.asked_names == ["acme.com"]


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async with local_site({"/": answer(HOME)}) as site:
        site.names["acme.com"] = [[PUBLIC, "192.168.1.1"]]
        with pytest.raises(PermanentServiceError, match="private network"):
            await site.reader().read("https://acme.com/")
    assert site.connections == []


async def test_a_name_that_changes_to_a_private_address_is_not_followed_there() -> None:
    async with local_site({"/": redirect("/again"), "/again": answer(HOME)}) as site:
        site.names["acme.com"] = [[PUBLIC], ["127.0.0.1"]]
        with pytest.raises(PermanentServiceError, match="private network"):
            await site.reader().read("https://acme.com/")
    # one question and one connection a request: no second answer can slip between check and connection
    assert [connection.url.host for connection in site.connections] == [PUBLIC]


async def test_redirects_in_a_circle_end() -> None:
    async with local_site({"/": redirect("/")}) as site:
        with pytest.raises(PermanentServiceError, match="redirects more than 5 times"):
            await site.reader().read("acme.com")
    assert len(site.requests) == 6


@pytest.mark.parametrize("location", ["http://[", "http://a..b/", "https://", "//"])
async def test_a_broken_redirect_is_an_answer_a_person_can_read(location: str) -> None:
    async with local_site({"/": redirect(location)}) as site:
        try:
            assert await site.reader(seconds=1).read("acme.com") is None
        except (TransientServiceError, PermanentServiceError) as error:
            assert str(error).startswith("The company's website: ")  # noqa: PT017


@pytest.mark.parametrize(
    "name",
    ["acme.example", "acme.test.", "acme.invalid", "localhost", "x.LOCALHOST", "printer", "nas.local"],
)
async def test_reserved_names_are_no_site_and_nobody_is_asked(name: str) -> None:
    async with local_site({}) as site:
        assert await site.reader().read(f"https://{name}/") is None
        assert await site.reader().read(name) is None
    assert (site.asked_names, site.connections) == ([], [])


@pytest.mark.parametrize("url", ["", "   ", "https://", "://", "mailto:x", "http://[", "not a url", "\x00"])
async def test_what_is_no_web_address_is_no_site(url: str) -> None:
    async with local_site({}) as site:
        site.names["not%20a%20url"] = [[]]
        assert await site.reader().read(url) is None


async def test_an_unknown_name_is_no_site() -> None:
    async with local_site({}) as site:
        site.names["acme.com"] = [[]]
        assert await site.reader().read("acme.com") is None


async def drip(stream: anyio.abc.SocketStream) -> None:
    await stream.send(answer(b"<p>wait"))
    await anyio.sleep_forever()


async def test_a_slow_site_is_given_up_in_time() -> None:
    async with local_site({"/": drip}) as site:
        with pytest.raises(TransientServiceError, match=r"longer than 0\.2 seconds"):
            await site.reader(seconds=0.2).read("acme.com")


async def test_a_site_that_refuses_connections_is_worth_another_try() -> None:
    async with local_site({}) as site:
        site.deaf |= {f"https://{PUBLIC}", f"http://{PUBLIC}"}
        with pytest.raises(TransientServiceError, match="cannot be reached"):
            await site.reader().read("acme.com")


async def pour(stream: anyio.abc.SocketStream) -> None:
    await stream.send(answer(b"<p>"))
    while True:
        await stream.send(b"more " * 10_000)


async def test_of_an_endless_page_the_beginning_is_read() -> None:
    async with local_site({"/": pour}) as site:
        page = await site.reader().read("acme.com")
    assert page is not None
    assert page.text.startswith("more more")


async def test_a_decompression_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(50 * MOST_BYTES), 9)
    async with local_site({"/": answer(bomb, "Content-Encoding: gzip")}) as site:
        tracemalloc.start()
        assert await site.reader().read("acme.com") is None
        _, most_memory = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most_memory < 10 * MOST_BYTES


async def test_a_page_that_is_itself_packed_is_not_unpacked_a_second_time() -> None:
    packed = gzip.compress(HOME * 100)
    async with local_site({"/": answer(packed)}) as site:
        page = await site.reader().read("acme.com")
    assert page is None or "forty people" not in page.text


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd"])
async def test_a_packing_nobody_asked_for_is_refused(encoding: str) -> None:
    async with local_site({"/": answer(HOME, f"Content-Encoding: {encoding}")}) as site:
        with pytest.raises(PermanentServiceError, match="packing"):
            await site.reader().read("acme.com")


async def test_a_packed_page_is_read() -> None:
    async with local_site({"/": answer(gzip.compress(HOME), "Content-Encoding: gzip")}) as site:
        assert await site.reader().read("acme.com")


async def test_broken_packing_is_refused() -> None:
    async with local_site({"/": answer(zlib.compress(HOME), "Content-Encoding: gzip")}) as site:
        with pytest.raises(PermanentServiceError, match="cannot be unpacked"):
            await site.reader().read("acme.com")


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "text/plain", "application/json"])
async def test_what_is_no_web_page_has_no_text(kind: str) -> None:
    async with local_site({"/": answer(HOME, kind=kind)}) as site:
        assert await site.reader().read("acme.com") is None


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
async def test_a_missing_page_is_no_site(status: str) -> None:
    async with local_site({"/": answer(HOME, status=status)}) as site:
        assert await site.reader().read("acme.com") is None


@pytest.mark.parametrize("status", ["429 Too Many", "500 Oops", "503 Busy"])
async def test_a_site_in_trouble_is_worth_another_try(status: str) -> None:
    async with local_site({"/": answer(b"", "Retry-After: 7", status=status)}) as site:
        with pytest.raises(TransientServiceError) as raised:
            await site.reader().read("acme.com")
    assert raised.value.retry_after == 7


@pytest.mark.parametrize("status", ["401 No", "403 No", "451 No"])
async def test_a_site_that_shuts_us_out_does_not_blame_a_credential(status: str) -> None:
    async with local_site({"/": answer(b"", status=status)}) as site:
        with pytest.raises(PermanentServiceError, match=status[:3]) as raised:
            await site.reader().read("acme.com")
    assert not isinstance(raised.value, CredentialError)


async def test_the_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with local_site({"/": answer(HOME)}) as site:
        assert await site.reader().read("acme.com")


async def test_checking_the_reader_needs_no_network() -> None:
    async with local_site({}) as site:
        assert (await site.reader().check()).ok
    assert site.connections == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"])
async def test_the_reader_as_it_is_shipped_refuses_this_machine(host: str) -> None:
    async with local_site({"/": answer(HOME)}) as site:
        for url in (f"http://{host}/", f"http://{host}:{site.port}/"):
            with pytest.raises(PermanentServiceError, match="for safety"):
                await WebsiteReader().read(url)
    assert site.requests == []


@pytest.mark.parametrize("host", ["127.1", "0x7f.0.0.1", "0177.0.0.1", "①②⑦.0.0.1"])
async def test_no_odd_spelling_of_this_machine_gets_through(host: str) -> None:
    # some systems take it for an address, others for a name that nobody has
    with suppress(PermanentServiceError):
        assert await WebsiteReader().read(f"http://{host}/") is None


async def test_a_large_page_is_taken_apart_elsewhere_and_says_the_same() -> None:
    filler = b"<p>We make bolts, nuts and washers for every trade.</p>" * (SMALL // 50)
    async with local_site({"/": answer(HOME.replace(b"</body>", filler + b"</body>"))}) as site:
        page = await site.reader(seconds=60).read("https://acme.com/")
    assert page is not None
    assert page.title == "Acme & Co"
    assert "forty people in two sites" in page.text


async def test_a_process_that_does_not_end_is_killed_when_time_is_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "process"
    script = f"import os, time; open({str(file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", script))
    async with anyio.create_task_group() as group:
        group.start_soon(apart.extract_apart, "Website", "https://acme.com/", b"x" * (SMALL + 1), None)
        with anyio.fail_after(20):
            while not (file.exists() and file.read_text()):  # noqa: ASYNC110 - another process writes it
                await anyio.sleep(0.01)
        group.cancel_scope.cancel()
    # which was told to end; on a busy machine it is there for another moment
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int(file.read_text())).wait(20)


async def test_a_page_that_no_parser_gets_through_is_an_answer_and_no_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", "raise MemoryError"))
    with pytest.raises(PermanentServiceError, match="cannot be taken apart"):
        await apart.extract_apart("Website", "https://acme.com/", b"x" * (SMALL + 1), None)
