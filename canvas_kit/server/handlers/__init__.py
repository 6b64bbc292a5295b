"""What answers at each address, split by subject."""
