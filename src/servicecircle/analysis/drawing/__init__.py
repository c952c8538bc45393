"""From walks to the outlines of isochrones."""
