"""What becomes of work that failed: how long it waits, for what, and who has to do something.

Pure rules and the state of connections; no dagster, no SQL, and nothing of what an action does.
"""
