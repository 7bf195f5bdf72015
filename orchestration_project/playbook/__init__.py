"""The owner's documents: reading them, checking them, and the types they become.

Applying the rules to a lead belongs to the layers; no dagster and no network here.
"""
