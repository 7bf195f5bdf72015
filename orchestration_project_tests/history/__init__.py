"""Tests of history: real frames of a real ledger, in which the samples have run."""
