#!/usr/bin/env python3
"""Runs a command under a seccomp profile of the OCI's form, by libseccomp.

filtered.py [--kill] PROFILE COMMAND...

With --kill a call that the profile doesn't name ends the process with SIGSYS, in place of an error that it might not show.
"""

import ctypes
import json
import os
import sys

ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
OPERATORS = {"SCMP_CMP_NE": 1, "SCMP_CMP_EQ": 4, "SCMP_CMP_MASKED_EQ": 7}


class Comparison(ctypes.Structure):
    """struct scmp_arg_cmp of seccomp.h."""

    _fields_ = [
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_uint),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    ]


def action(rule: dict, default: int = 1) -> int:
    """The number of an action; an error without a number is EPERM."""
    if rule["action"] == "SCMP_ACT_ALLOW":
        return ALLOW
    if rule["action"] == "SCMP_ACT_ERRNO":
        return ERRNO | rule.get("errnoRet", default)
    raise ValueError(f"unknown action {rule['action']}")


def load(profile: dict, kills: bool) -> None:
    """Installs the filter for this process and its children."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(Comparison),
    ]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    default = action({"action": profile["defaultAction"], "errnoRet": profile["defaultErrnoRet"]})
    if kills:
        default = KILL_PROCESS
    context = library.seccomp_init(default)
    if not context:
        raise OSError("seccomp_init failed")
    for rule in profile["syscalls"]:
        # As container runtimes do: libseccomp refuses a rule that is the default.
        if action(rule) == default:
            continue
        comparisons = [
            Comparison(part["index"], OPERATORS[part["op"]], part["value"], part.get("valueTwo", 0))
            for part in rule.get("args", [])
        ]
        for name in rule["names"]:
            number = library.seccomp_syscall_resolve_name(name.encode())
            if number == -1:
                raise ValueError(f"libseccomp knows no system call {name}")
            given = (Comparison * len(comparisons))(*comparisons)
            code = library.seccomp_rule_add_array(context, action(rule), number, len(comparisons), given)
            if code != 0:
                raise OSError(-code, f"{name}: {os.strerror(-code)}")
    code = library.seccomp_load(context)
    if code != 0:
        raise OSError(-code, os.strerror(-code))


def main() -> None:
    words = sys.argv[1:]
    kills = words[0] == "--kill"
    if kills:
        words = words[1:]
    with open(words[0], encoding="utf-8") as file:
        profile = json.load(file)
    load(profile, kills)
    os.execv(words[1], words[1:])


if __name__ == "__main__":
    main()
