"""`python -m dataarch`."""

from dataarch.cli.main import main

main()
