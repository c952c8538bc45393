"""What looks wrong in places, streets and datums."""
