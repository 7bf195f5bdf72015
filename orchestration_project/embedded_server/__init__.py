"""The embedded PostgreSQL of an installation: its files, its sockets and locks, the process that keeps it.

Which database an installation uses, and what is kept in it, is said in `installation.py`.
"""

from orchestration_project.embedded_server.locks import Lock
from orchestration_project.embedded_server.places import lock_folder
from orchestration_project.embedded_server.server import PAUSES, EmbeddedServer

__all__ = ["PAUSES", "EmbeddedServer", "Lock", "lock_folder"]
