"""Forgetting a person on request, everywhere: whose leads (`who`), in the services (`outside`), in files
(`files`), in Dagster's records (`records`), and in the ledger last (`erase`). What is known of one: `export`.
"""
