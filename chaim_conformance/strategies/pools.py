"""Curated values that tell: each has broken some implementation of something.

Drawing from pools is several times faster than drawing free text, finds more, and does not
change when unrelated code does: Hypothesis mixes the constants of local modules into free draws.
"""

from __future__ import annotations

import re

# Marks that must never leave the snapshot (H25, H61). Names, descriptions and defaults of every
# schema carry one, so that its presence anywhere else is proof.
CANARY = re.compile(r"canary[0-9a-z]{6}")

TEXTS = (
    "plain",
    "",
    "  edges  ",
    "caf\u00e9",  # composed (NFC) ...
    "cafe\u0301",  # ... and decomposed (NFD): equal to the eye only
    "\u65e5\u672c\u8a9e",
    "\U0001f9be\U0001f1e8\U0001f1ed",
    "\u202eright to left",
    "a\ufeffb",
    'quote " backslash \\ slash / tab \t newline \n',
    "<b>&amp;</b>",
    "__proto__",
    "null",
    "1.0",
    "\u2028\u2029",
    "x" * 300,
)

APP_IDS = (
    "my-app",
    "app_1.2",
    "caf\u00e9-app",
    "\u65e5\u672c\u8a9e",
    "my app",
    "app/with:signs",
    "\U0001f9be",
)

NUMBERS = (0, 1, -1, 1.5, 0.1, -0.001, 1e-7, 1e21, 123456789.125, 2**53 - 1, -(2**53) + 1, 100.0)

TIMES = ("2026-01-15T14:30:00Z", "2026-01-15T14:30:00.123Z", "2025-12-31T23:59:59.999999+00:00")

# What stands in an upload URL and does not survive careless handling: each is escaped in the URL.
OBJECT_KEYS = (
    "snapshot.json",
    "a b+c.json",
    "100%.json",
    "%2B literal.json",
    "\u00fcber/\u65e5\u672c.json",
    "a&b=c?d#e.json",
)
SECURITY_TOKENS = (
    "FwoGZXIvYXdzEBYaDHR+token/with+plus/and==",
    "IQoJb3JpZ2luX2VjEPT//////////wEaCXVzLWVhc3QtMSJHMEUCIQ",
    "token with space and 100%25",
    "t\u00f6ken+\u65e5\u672c",
)
