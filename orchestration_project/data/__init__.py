"""Layer 1: receive, normalise, find duplicates, gather context. Pure functions and look-ups only.

Nothing here writes outside, judges a lead, or imports dagster.
"""
