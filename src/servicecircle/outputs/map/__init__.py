"""The map: one page that opens without internet."""
