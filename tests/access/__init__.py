"""The access matrix: every address and API operation, for everybody, near and far (`tests/test_access_matrix.py`)."""
