"""Reading back: rows, grids, differences and measures of what was recorded."""
