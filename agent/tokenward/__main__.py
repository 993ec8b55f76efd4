"""``python -m tokenward`` is the command line."""

from tokenward.cli import main

main()
