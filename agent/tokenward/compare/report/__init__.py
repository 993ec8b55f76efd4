"""Writers of a comparison: JSON, JUnit, Markdown, Prometheus text, and one page."""
