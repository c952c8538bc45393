"""Streets become a network one can search."""
