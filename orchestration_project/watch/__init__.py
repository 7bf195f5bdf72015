"""What looks after an installation: what is broken, told once; proof that nothing is lost; years; erasure.

The work on leads is `orchestration/`. Whoever notices something hands it to `ledger.alerts.observe`.
"""
