"""What another policy would have decided: about texts of a file, and about recorded traffic."""
