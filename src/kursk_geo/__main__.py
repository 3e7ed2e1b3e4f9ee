"""Run the command line as ``python -m kursk_geo``."""

from kursk_geo_cli import main

if __name__ == "__main__":
    main()
