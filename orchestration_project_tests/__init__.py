"""The suite mirrors the package. Hand-written fakes are in `fakes/`; shared fixtures in `conftest.py`."""
