"""What the vendors' descriptions say of the requests that we send: facts by service, and the check of them.

They are derived by `derive.py` and not written by hand; what a stand-in answers is its own module's.
"""
