"""What the API reads and takes, field by field."""
