"""The embedded PostgreSQL of an installation: its files, its sockets, the process that keeps it.

Which database an installation uses, and what is kept in it, is said in `installation.py`.
"""

from orchestration_project.embedded_server.server import PAUSES, EmbeddedServer

__all__ = ["PAUSES", "EmbeddedServer"]
