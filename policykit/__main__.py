"""`python -m policykit` is the same as the command `policykit`."""

from policykit.cli.main import main

if __name__ == "__main__":
    main()
