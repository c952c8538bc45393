"""What was computed once is kept on this machine for the next run."""
