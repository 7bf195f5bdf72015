"""Real servers of the open protocols in this process: Radicale for CalDAV, wsgidav for WebDAV.

They answer through `FakeService`, so requests are recorded and faults can be scripted as anywhere else.
"""

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode, urlsplit

from orchestration_project.fake_services.base import FakeService, Reply, Request

USER, PASSWORD = "nora", "pä:ss word"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WsgiService(FakeService):
    """Any WSGI application as a service."""

    application: Any  # a `Wsgi`, which the libraries' own types only nearly are

    def handle(self, request: Request) -> Reply:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], None]:
            started.append((status, headers))
            return lambda _: None

        application: Wsgi = self.application
        body = application(self._environment(request), start_response)
        content = b"".join(body)
        if closing := getattr(body, "close", None):
            closing()
        status, headers = started[-1]
        skipped = ("content-length", "connection", "date", "server", "transfer-encoding")
        return Reply(
            int(status.split()[0]),
            content,
            {name: value for name, value in headers if name.lower() not in skipped},
        )

    def _environment(self, request: Request) -> dict[str, Any]:
        here = urlsplit(self.base_url)
        # WSGI wants the bytes of the path as if they were Latin-1
        path = unquote_to_bytes(request.path).decode("latin-1")
        fields = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
        return {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": urlencode(request.query, doseq=True),
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(request.raw)),
            "SERVER_NAME": here.hostname,
            "SERVER_PORT": str(here.port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(request.raw),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **fields,
        }


class CalDavService(WsgiService):
    """Radicale with one calendar, kept in `folder`."""

    calendar = f"/{USER}/sales"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        import radicale.app
        import radicale.config

        users = folder / "users"
        users.write_text(f"{USER}:{PASSWORD}\n", "utf-8")
        configuration = radicale.config.load()
        configuration.update(
            {
                "auth": {
                    "type": "htpasswd",
                    "htpasswd_filename": str(users),
                    "htpasswd_encryption": "plain",
                    "delay": "0",
                },
                "storage": {"filesystem_folder": str(folder / "collections")},
                "logging": {"level": "critical"},
            },
            "the tests",
            privileged=True,
        )
        self.application = radicale.app.Application(configuration)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CALDAV_URL": self.base_url + self.calendar,
            "CALDAV_USER": USER,
            "CALDAV_PASSWORD": PASSWORD,
        }


class WebDavService(WsgiService):
    """wsgidav over the files in `folder`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from wsgidav.wsgidav_app import WsgiDAVApp

        self.application = WsgiDAVApp(
            {
                "provider_mapping": {"/": str(folder)},
                "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
                "http_authenticator": {
                    "accept_basic": True,
                    "accept_digest": False,
                    "default_to_digest": False,
                },
                "logging": {"enable": False},
                "verbose": 0,
            }
        )

    @property
    def environment(self) -> dict[str, str]:
        return {
            "WEBDAV_URL": f"{self.base_url}/leads",
            "WEBDAV_USER": USER,
            "WEBDAV_PASSWORD": PASSWORD,
        }
