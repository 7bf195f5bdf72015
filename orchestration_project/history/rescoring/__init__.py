"""Re-scoring: what other rules would have decided of leads that are here already. It reads what was found out
about them when they came, asks nobody but the scorer, and acts on nothing.

`rescore.py` does it, `purse.py` keeps its money apart from the live intake's, `estimate.py` says what it
takes.
"""
