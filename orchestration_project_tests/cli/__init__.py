"""Tests of the command line, as a person meets it: real processes, real exit codes."""
