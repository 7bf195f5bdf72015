"""The command line `leads`: thin commands over the ledger and the job. Printing happens only here."""
