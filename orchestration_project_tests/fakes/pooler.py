"""A transaction pooler in miniature: it speaks PostgreSQL's protocol and lends its few server sessions to
whoever has a transaction, as PgBouncer does with `pool_mode = transaction`. Enough of it for psycopg 2.
"""

import socket
import struct
import threading
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

_NO_ENCRYPTION = (80877103, 80877104)  # the codes with which a client asks for TLS or GSSAPI
_VERSION_3 = 196608


class FakePooler:
    def __init__(self, server: Path, database: str, *, sessions: int, in_turn: bool) -> None:
        """`in_turn`: the session that has waited longest is lent next, else the one used last."""
        self._free = threading.Condition()
        self._in_turn = in_turn
        opened = [_open_session(server, database) for _ in range(sessions)]
        self._greeting = opened[0][1]
        self._sessions = deque(session for session, _ in opened)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._welcome, daemon=True).start()

    def close(self) -> None:
        self._door.close()
        with self._free:  # a client that has just gone may still give its session back
            for session in self._sessions:
                session.close()

    def _welcome(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                # else each message after the first of an answer waits 40 ms for an acknowledgement
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(ConnectionError):
            while True:
                (length, code) = struct.unpack("!ii", _exactly(client, 8))
                _exactly(client, length - 8)
                if code not in _NO_ENCRYPTION:
                    break
                client.sendall(b"N")
            client.sendall(self._greeting)
            while (message := _message(client))[:1] != b"X":
                self._transaction(client, message)

    def _transaction(self, client: socket.socket, message: bytes) -> None:
        with self._free:
            self._free.wait_for(lambda: self._sessions)
            session = self._sessions.popleft() if self._in_turn else self._sessions.pop()
        try:
            while True:
                session.sendall(message)
                while (answer := _message(session))[:1] != b"Z":
                    client.sendall(answer)
                client.sendall(answer)
                if answer[-1:] == b"I":  # no transaction is open any longer
                    return
                message = _message(client)
        finally:
            with self._free:
                self._sessions.append(session)
                self._free.notify()


def _open_session(server: Path, database: str) -> tuple[socket.socket, bytes]:
    """A session, and all that the server said when it began."""
    session = socket.socket(socket.AF_UNIX)
    session.connect(str(server / ".s.PGSQL.5432"))
    words = f"user\0postgres\0database\0{database}\0\0".encode()
    session.sendall(struct.pack("!ii", len(words) + 8, _VERSION_3) + words)
    said = b""
    while (message := _message(session))[:1] != b"Z":
        said += message
    return session, said + message


def _message(source: socket.socket) -> bytes:
    head = _exactly(source, 5)
    return head + _exactly(source, struct.unpack("!i", head[1:])[0] - 4)


def _exactly(source: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = source.recv(size - len(received))
        if not part:
            raise ConnectionResetError
        received += part
    return received


@contextmanager
def fake_pooler(server: Path, database: str, *, sessions: int, in_turn: bool) -> Generator[int]:
    """Its port on this machine."""
    pooler = FakePooler(server, database, sessions=sessions, in_turn=in_turn)
    try:
        yield pooler.port
    finally:
        pooler.close()
