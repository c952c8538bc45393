"""Choosing sites: a sparse matrix and weights, no geometry."""
