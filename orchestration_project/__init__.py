"""Lead intake as one Dagster workflow: data, decision, action.

Nothing else belongs here: see `definitions.py` for how the parts are put together.
"""
