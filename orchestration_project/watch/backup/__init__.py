"""Copies of an installation: made and rotated (`make`), tried out and brought back (`restore`)."""
