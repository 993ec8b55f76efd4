"""The command line, one module a command."""

from __future__ import annotations

import sys

from tokenward.errors import TokenwardError

INTERRUPTED = 130


def main() -> None:
    """Runs the command line; a mistake is one line on stderr and an exit code, no traceback."""
    from tokenward.cli.app import app  # noqa: PLC0415  # typer is slow to import, and only needed here

    try:
        app(prog_name="tokenward")
    except TokenwardError as error:
        sys.stderr.write(f"tokenward: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # the reader has gone (`| head`): nothing is wrong; stdout must not be flushed again
        sys.stdout = None
        sys.exit(0)
