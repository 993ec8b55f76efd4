"""The store: an SQLite file or a PostgreSQL database, sealed hours, and what lies beside."""
