"""What services were reported to answer, kind by kind: each case is a report or a line of a vendor's page."""
