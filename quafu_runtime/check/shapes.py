"""What secrets look like: the few kinds that their shape alone tells, and what stands under a telling name. No I/O.

A quantum program is full of long texts that are none: bit strings, Pauli strings, hashes, circuits in OpenQASM.
"""

import re
from collections.abc import Iterator

_KINDS = {
    "a private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "an access key of AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{30,})\b",
    "a token of GitLab": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a token of Slack": r"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a key of Google": r"\bAIza[A-Za-z0-9_-]{35}\b",
    # A JSON web token; the second is one from back to front, which is how some tokens of Quafu are written.
    "an API token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}|[\w-]{16,}\.[\w-]{8,}Jye\.[\w-]{8,}Jye\b",
}
_PATTERNS = {what: re.compile(pattern, re.ASCII) for what, pattern in _KINDS.items()}
_HINTS = ("PRIVATE", "AKIA", "ASIA", "gh", "glpat-", "xox", "AIza", "eyJ", "Jye")
"""Without one of these in a text, none of the patterns is."""

_TELLING = re.compile(
    r"(?:^|[_-])(?:api[_-]?token|api[_-]?key|access[_-]?token|auth[_-]?token|token|secret|secret[_-]?key|access[_-]?key"
    r"|secret[_-]?access[_-]?key|password|passwd|passphrase|authorization|bearer)$",
    re.IGNORECASE,
)
_TAKING = frozenset({"save_apitoken", "save_api_token", "Account", "User"})
"""Functions whose first argument is a token."""

_SHORTEST = 16
_LONGEST = 4096
_FEWEST_CHARACTERS = 8
"""Characters of a secret, and how many different ones: fewer are a word, a mask, or a bit string."""

_PLACEHOLDER = re.compile(
    r"^(?:your|my|the|an?|some|put|insert|enter)[_-]|[<>{}$*…]|\.\.\.|x{4}|example|placeholder|change[_-]?me|://|^/",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[A-Za-z]+(?:[_.-](?:[A-Za-z]+|[0-9]{1,4}))*")
"""A name, of a variable or of anything else."""


def shapes_in(text: str) -> Iterator[tuple[int, str]]:
    """What a text holds that is a secret by its shape alone.

    Args:
        text: The text.

    Yields:
        Where each begins, and what it is.
    """
    if any(hint in text for hint in _HINTS):
        for what, pattern in _PATTERNS.items():
            yield from ((found.start(), f"what looks like {what}") for found in pattern.finditer(text))


def named_like_a_secret(name: str) -> bool:
    """Whether a name is one that secrets have.

    Args:
        name: Of a variable, an argument, or a key.
    """
    return _TELLING.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)) is not None


def takes_a_secret(function: str) -> bool:
    """Whether a function is one whose first argument is a token.

    Args:
        function: Its name.
    """
    return function in _TAKING


def shape_of(text: str) -> str | None:
    """What a text is that stands under a telling name: a secret, or None for a placeholder, a word, a mask.

    Args:
        text: The text.
    """
    value = text.removeprefix("Bearer ").strip()
    if not _SHORTEST <= len(value) <= _LONGEST or re.search(r"[^!-~]", value):
        return None
    if len(set(value)) < _FEWEST_CHARACTERS or _PLACEHOLDER.search(value) or _WORDS.fullmatch(value):
        return None
    if not (re.search(r"[A-Za-z]", value) and re.search(r"[0-9]", value)):
        return None
    return "what looks like a secret"
