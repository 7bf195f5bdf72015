"""Stateful stand-ins for the services that our connectors call, one module a service.

Usable by hand as well as by tests, so nothing here knows pytest.
"""
