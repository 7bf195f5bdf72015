"""History: what the ledger knows, as assets a data team browses, backfills and reads as frames.

It only reads the ledger and acts on nothing. Dagster's side is in `assets.py` and its neighbours; the rest is
plain functions. pandas, matplotlib and pyarrow take a second to import, so no module imports them that a live
run loads: the bodies of assets do.
"""
