"""Why the system refuses a file, in the words of linkmgr: its own are of its own language."""

import errno

from linkmgr.messages.message import Message, message

_CODES = {
    errno.ENOENT: "fs.reason-missing",
    errno.EACCES: "fs.reason-forbidden",
    errno.EPERM: "fs.reason-not-permitted",
    errno.ENOSPC: "fs.reason-full",
    errno.EDQUOT: "fs.reason-quota",
    errno.EROFS: "fs.reason-read-only",
    errno.EISDIR: "fs.reason-folder",
    errno.ENOTDIR: "fs.reason-not-a-folder",
    errno.ENAMETOOLONG: "fs.reason-long-name",
    errno.EMFILE: "fs.reason-many-files",
    errno.ELOOP: "fs.reason-links",
    errno.EIO: "fs.reason-disk",
    errno.EEXIST: "fs.reason-exists",
}


def os_reason(error: OSError) -> Message | str:
    """Return why a file could not be used; as the system says it where that is rare."""
    known = _CODES.get(error.errno or 0)
    return message(known) if known else error.strerror or str(error)
