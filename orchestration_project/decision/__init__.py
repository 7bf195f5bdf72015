"""Layer 2: validate, score, route. Nothing here writes outside or imports dagster."""
