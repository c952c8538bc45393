"""A study file becomes the whole run."""
