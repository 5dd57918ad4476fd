"""``python -m aggregator``: the headless commands, on a machine that may have no terminal at all."""

import sys

from aggregator.cli import main

if __name__ == "__main__":
    sys.exit(main())
