"""Real IMAP servers on this machine: Dovecot where it is installed, and pymap, which is pure Python.

Each starts in a folder of its own on a free port of loopback; what they are asked belongs to the tests.
"""

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import trustme

USER, PASSWORD = "owner@larkfield.example", 'pa"ss wörd'
MOST_CONNECTIONS = 6
_STARTS_WITHIN = 15.0


@dataclass(frozen=True)
class ImapServer:
    name: str
    port: int
    drafts: str
    sent: str
    tls_port: int = 0
    ca_file: Path | None = None

    def read(self, mailbox: str) -> list[bytes]:
        """Every mail of a mailbox, through another client than the connector's."""
        with self.client() as client:
            client.select(_wire_name(mailbox), readonly=True)
            found = client.uid("SEARCH", "ALL")[1][0].split()
            return [_literal(client.uid("FETCH", uid.decode(), "(BODY.PEEK[])")[1]) for uid in found]

    def put(self, mailbox: str, raw: bytes, flags: str = r"(\Seen)") -> None:
        """What a person's mail program does when it keeps a mail."""
        with self.client() as client:
            assert client.append(_wire_name(mailbox), flags, "", raw)[0] == "OK"

    def empty(self) -> None:
        with self.client() as client:
            for mailbox in (self.drafts, self.sent):
                if client.select(_wire_name(mailbox))[1] != [b"0"]:
                    client.store("1:*", "+FLAGS", r"(\Deleted)")
                    client.expunge()

    @contextmanager
    def client(self) -> Generator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as client:
            # as a draft and the end of its line go apart
            client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
            yield client


def dovecot_program() -> str | None:
    # where Debian puts it is in the path of root only
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")


@contextmanager
def dovecot(folder: Path) -> Generator[ImapServer]:
    """Runs without any right: as `nobody` where the tests run as root, which Dovecot refuses to be."""
    as_root = os.geteuid() == 0
    owner = pwd.getpwnam("nobody") if as_root else pwd.getpwuid(os.geteuid())
    port, tls_port = free_port(), free_port()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(
        str(folder / "server.pem")
    )
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    settings = _DOVECOT.format(
        folder=folder,
        uid=owner.pw_uid,
        gid=owner.pw_gid,
        user=owner.pw_name,
        group=grp.getgrgid(owner.pw_gid).gr_name,
    )
    settings += _LISTENERS.format(port=port, tls_port=tls_port)
    (folder / "dovecot.conf").write_text(settings)
    rights: dict[str, object] = {}
    if as_root:
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        rights = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    command = [str(dovecot_program()), "-F", "-c", str(folder / "dovecot.conf")]
    with _running(command, port, rights):
        yield ImapServer("dovecot", port, "Entwürfe", "Sent Items", tls_port, folder / "ca.pem")


@contextmanager
def pymap() -> Generator[ImapServer]:
    port = free_port()
    command = [sys.executable, "-m", "orchestration_project_tests.connectors.mail.quick_pymap"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "--no-service", "admin"]
    command += ["dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD]
    with _running(command, port, {}):
        server = ImapServer("pymap", port, "Drafts", "Sent")
        with server.client() as client:
            client.create(server.drafts)
        yield server


@contextmanager
def _running(command: list[str], port: int, rights: dict[str, object]) -> Generator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **rights)  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + _STARTS_WITHIN
        while not _is_open(port):
            assert process.poll() is None, f"{command[0]} ended at once"
            assert time.monotonic() < deadline, f"{command[0]} does not listen"
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _is_open(port: int) -> bool:
    try:
        with imaplib.IMAP4("127.0.0.1", port, timeout=5):
            return True
    except (OSError, imaplib.IMAP4.error):
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def _wire_name(mailbox: str) -> str:
    return '"' + mailbox.encode("utf-7").replace(b"+", b"&").decode() + '"'  # enough for the names here


def _literal(data: list[object]) -> bytes:
    (part,) = [item for item in data if isinstance(item, tuple)]
    return bytes(part[1])


class CuttingProxy:
    """Stands between connector and server, and breaks the connection when the server says `cut_at`."""

    def __init__(self, port: int, cut_at: bytes) -> None:
        self._target = port
        self.cut_at: bytes | None = cut_at
        self._stack = ExitStack()
        self._listening = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._stack.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                threading.Thread(target=self._pump, args=(near, far, False), daemon=True).start()
                threading.Thread(target=self._pump, args=(far, near, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, watched: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if watched and self.cut_at and self.cut_at in data:
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def scripted(*lines: bytes) -> Generator[int]:
    """A server that says these lines, one before each of ours, and then nothing more; but it lets go whoever
    takes leave. Its port."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    threading.Thread(target=talk, args=(connection,), daemon=True).start()

        def talk(connection: socket.socket) -> None:
            with suppress(OSError), connection, connection.makefile("rb") as heard:
                tag = b""
                for line in lines:
                    connection.sendall(line.replace(b"TAG", tag) + b"\r\n")
                    tag, _, command = heard.readline().partition(b" ")
                    if command.strip().upper() == b"LOGOUT":
                        connection.sendall(b"* BYE\r\n" + tag + b" OK done\r\n")
                        return
                over.wait(10)

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()


_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_vsz_limit = 0
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Entwürfe {{
    special_use = \\Drafts
    auto = create
  }}
  mailbox "Sent Items" {{
    special_use = \\Sent
    auto = create
  }}
}}
"""
_LISTENERS = f"""
protocol imap {{{{
  mail_max_userip_connections = {MOST_CONNECTIONS}
}}}}
service imap-login {{{{
  chroot =
  inet_listener imap {{{{
    port = {{port}}
  }}}}
  inet_listener imaps {{{{
    port = {{tls_port}}
    ssl = yes
  }}}}
}}}}
"""
