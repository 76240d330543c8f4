"""`python -m tracefetch`."""

from tracefetch.cli import main

main()
