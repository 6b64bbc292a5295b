"""Where text and media come from."""
