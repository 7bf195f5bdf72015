"""Layer 3: one module an action, each done once. To add one: a module, and a line in ACTIONS.

No SQL, no dagster, no service's own names here.
"""
