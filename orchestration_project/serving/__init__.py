"""Dagster's own services on one machine, as `leads dev` runs them: what they do is Dagster's.

They are forks of one process that has imported all they need, once.
"""
