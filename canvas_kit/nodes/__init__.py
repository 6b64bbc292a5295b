"""The node types: one class each."""
