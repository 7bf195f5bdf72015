"""The dagster side of the live workflow: resources, IO manager, ops, graph, sensors. Ops are thin.

What the ops do is in `data/`, `decision/` and `action/`; nothing here judges a lead.
"""
