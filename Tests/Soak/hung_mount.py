"""A file system on which every name but the root hangs for ever: `hung_mount.py FOLDER`, until killed."""

import stat
import sys
import time

import fusepy


class Hung(fusepy.Operations):
    def getattr(self, path: str, handle: object = None) -> dict[str, int]:
        while path != "/":
            time.sleep(3600)
        return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}


fusepy.FUSE(Hung(), sys.argv[1], foreground=True)
