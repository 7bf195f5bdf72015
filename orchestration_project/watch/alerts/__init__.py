"""Telling people what is broken: once, in words, by several ways; and that it is over.

What is broken is found by `watch/causes/`, and kept by `ledger/alerts.py`.
"""
