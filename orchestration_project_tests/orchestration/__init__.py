"""Tests of the dagster side: real instances, the real job, a real database."""
