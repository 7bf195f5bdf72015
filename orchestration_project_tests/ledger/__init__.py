"""Tests of the ledger, against a real PostgreSQL."""
