"""What the vendors' descriptions say of the requests that we send, and of our stand-ins' answers.

Facts by service, derived by `derive.py` and not written by hand, and the check of them.
"""
