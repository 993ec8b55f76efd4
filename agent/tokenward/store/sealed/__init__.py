"""Hours that are over, as Parquet files."""
