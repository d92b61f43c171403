"""`python -m linkmgr` is the same as `linkmgr`."""

if __name__ == "__main__":  # not where the server's processes import it again
    from linkmgr.cli import main

    main()
