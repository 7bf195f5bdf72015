"""Looking after what is live: alerts, proofs, housekeeping, backups, and forgetting people."""
