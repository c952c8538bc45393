"""Network and tables become travel times, isochrones, coverage, gaps and sites."""
