"""The sans-I/O guard of one text stream."""
