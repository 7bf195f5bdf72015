"""Evaluation: how good the scores are, what a change of the rules changes, and whether a reason is one.

Plain functions over frames and scorers: no dagster, no SQL, nothing that acts. scikit-learn and matplotlib
are imported in the functions that need them.
"""
