"""All tables of history by their names. The only list of them.

No pandas here: `frames.py` makes pandera schemas of it, `assets.py` what the UI shows.
"""

from types import MappingProxyType

from orchestration_project.history.derived_tables import DERIVED_TABLES
from orchestration_project.history.ledger_tables import LEDGER_TABLES

TABLES = MappingProxyType({table.name: table for table in (*LEDGER_TABLES, *DERIVED_TABLES)})
