"""Results become a map, a report, a workbook and layers."""
