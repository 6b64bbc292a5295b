"""A canvas as a picture: one scene, and writers that make SVG and PNG of it."""
