"""All that a build is made of, read from the disk or from the cache of the build before."""
