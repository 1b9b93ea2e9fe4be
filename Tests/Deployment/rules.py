"""What a rule is, and where it does not hold."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rendering import Rendering

Check = Callable[[Rendering], Iterator[str]]


@dataclass(frozen=True)
class Rule:
    """Something that must hold; `check` yields a sentence for each place where it does not."""

    name: str
    source: str
    check: Check


RULES: list[Rule] = []

_READS_THE_HOST = "it reads the host's root, read-only"

_HAS_NO_CLAIM = "it is for clusters without volumes to claim"

# A rule that is excepted must be broken, or the exception has outlived its reason.
EXCEPTIONS = {
    ("examples/daemonset", "host-path-volumes"): _READS_THE_HOST,
    ("examples/daemonset", "volume-types"): _READS_THE_HOST,
    ("examples/daemonset", "sensitive-host-mounts"): _READS_THE_HOST,
    (
        "examples/daemonset",
        "unset-memory-requirements",
    ): "with a limit of its own it would measure itself, not the node",
    ("base+ephemeral-state", "state-outlives-pod"): _HAS_NO_CLAIM,
    ("chart+ephemeral", "state-outlives-pod"): _HAS_NO_CLAIM,
}


def rule(name: str, source: str) -> Callable[[Check], Check]:
    """Registers a check as a rule."""

    def register(check: Check) -> Check:
        RULES.append(Rule(name, source, check))
        return check

    return register
