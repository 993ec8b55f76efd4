"""What plugin authors and users test with."""
