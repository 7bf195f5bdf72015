"""Is a submission meant by a person who wants something of us? A text model, and rules that give reasons.

What follows from it is decided in `decision/validate.py`; what the ledger knows of the sender is handed in.
"""
