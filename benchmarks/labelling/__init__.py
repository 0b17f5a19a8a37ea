"""What annotation.py measures: a crowd, a large task, formulas."""
