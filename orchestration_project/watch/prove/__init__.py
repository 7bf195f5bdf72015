"""Proof that nothing is lost: the ledger against its own books (`adds_up`), against the sources (`sources`),
against what stands in the connected services (`outside`); all three together, and who is told: `prove`.
"""
