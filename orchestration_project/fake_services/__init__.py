"""Stateful stand-ins for the services that our connectors call: one module a service, all in `office.py`.

For `leads demo --services`, benchmarks and tests; nothing here knows pytest, and no connector knows of them.
"""
