"""The ledger's reader for a business: its time zone, and what forms may call its services.

No dagster here; the queries are `ledger/history.py`.
"""

from sqlalchemy import Engine

from orchestration_project.ledger.history import HistoryReader
from orchestration_project.playbook.model import Playbook


def reader_of(engine: Engine, playbook: Playbook) -> HistoryReader:
    services = {
        spelled.casefold(): service.name
        for service in playbook.services
        for spelled in (service.name, service.title)
    }
    return HistoryReader(engine, playbook.business.time_zone, services)
