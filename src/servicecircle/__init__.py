"""Who can walk to a public service centre in time, who cannot, and where the next ones should go."""
