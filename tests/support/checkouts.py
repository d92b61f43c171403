"""Folders in git, with an author of their own."""

import subprocess


def git(folder, *command):
    """Run git in a folder, and return what it prints."""
    return subprocess.run(
        ["git", "-C", folder, *command], check=True, capture_output=True, text=True
    ).stdout


def in_git(folder):
    """Commit all that a folder has, to a new repository or to its own, and return the folder."""
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "Owner")
    git(folder, "config", "user.email", "owner@blog.example")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder
