"""Workbooks and documents for office programs."""
