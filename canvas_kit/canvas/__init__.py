"""The canvas: a graph of nodes and connections, as a value."""
