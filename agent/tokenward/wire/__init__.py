"""Wire formats: requests and answers read, guarded and written, without sockets."""
