"""Curated values that tell: each has broken some implementation of something.

Drawing from pools is several times faster than drawing free text, finds more, and does not
change when unrelated code does: Hypothesis mixes the constants of local modules into free draws.

The pools named ``ODD_...`` hold what is valid and yet made by no platform. Strategies draw from
them only where they are asked to, with ``odd=True``.
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
LONG_TEXTS = ("a sentence of a long text, " * 40, "\u9577\u3044 caf\u00e9 " * 250)
ODD_TEXTS = (
    "y" * 10_000,
    "\u9577\u3044\U0001f9be " * 2_500,
    "nul \x00, bell \x07, escape \x1b[31m, delete \x7f",
    "\ufffe\uffff\U0010ffff",  # no characters, and yet code points like any other
    "z" + "\u0301\u0323" * 100,
    "{}${}%s{{}}",
    '{"schema": null}',
)

# Names of fields: `{}` stands for a canary. No platform has them all; DynamoDB has every one.
NAME_FORMS = (
    "{}Name",
    "{}",
    "{}_name",
    "order-{}",
    "{}.total",
    "{}Gr\u00f6\u00dfe",
    "caf\u00e9{}",
    "cafe\u0301{}",
    "{}\u6ce8\u6587",
    "\U0001f9be{}",
)
# What languages keep in objects and hand out for keys; white space; what looks like something else.
ODD_NAMES = (
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "__class__",
    "$ref",
    "length",
    "null",
    "0",
    " ",
    "\n",
    "\u200b",
    "\u202eeman",
    "\x00",
    "n" * 1_000,
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

# What every JSON reader takes exactly, JavaScript's too (reading 11).
NUMBERS = (0, 1, -1, 1.5, 0.1, -0.001, 1e-7, 123456789.125, 2**53 - 1, -(2**53) + 1, 100.0)
ODD_NUMBERS = (
    2**53 + 1,
    -(2**53) - 1,
    2**63 - 1,
    -(2**63),
    2**64 + 1,
    10**30,
    1e21,
    1.7976931348623157e308,
    5e-324,
    -0.0,
    0.30000000000000004,
)

TIMES = ("2026-01-15T14:30:00Z", "2026-01-15T14:30:00.123Z", "2025-12-31T23:59:59.999999+00:00")
DATES = ("2026-01-15", "2024-02-29", "1970-01-01")

# Regular expressions that mean the same to Python, JavaScript, Java and Go ...
PATTERNS = (".*", "^[a-z]+$", "\\d{3}", "", "^\\S+@\\S+$", "^(a|b\\.)*[^\\s\\\\]$", "caf\u00e9")
# ... and what is none to any of them.
BROKEN_PATTERNS = ("(", ")", "[a-", "*a", "[z-a]", "a{2,1}", "a\\")

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

# What tables are called: DynamoDB takes letters, digits and `_.-`, 3 to 255 of them.
TABLE_NAMES = ("CustomerTable", "a__b", "order-items", "prod.orders.v2", "abc", "_x-_", "T" * 150)
LONG_TABLE_NAMES = ("L" * 255,)
# Construct ids of tables: what stands between brackets of CDK's own is left out.
TABLE_IDS = ("Table", "Orders", "orders-table", "a__b", "Items.v2", "T 1")
# Attributes of keys: up to 255 bytes of anything.
ATTRIBUTES = (
    "pk",
    "sk",
    "gsi1pk",
    "PK",
    "customer-id",
    "order.date",
    "tenant#id",
    "a:b",
    "type",
    " edges ",
    "caf\u00e9",
    "cafe\u0301",
    "\u6ce8\u6587",
    "k" * 255,
)
# Attributes that are in no key.
OTHER_ATTRIBUTES = (
    "status",
    "total",
    "address.city",
    "gr\u00f6\u00dfe",
    "a b",
    "name",
    *(f"attribute{n}" for n in range(15, 0, -1)),
)
INDEX_NAMES = ("byDate", "GSI1", "by-customer.v2", "a__b", "idx", "i" * 255)

# Names that would lead out of a directory, or be no file's name. A hundred characters of three
# bytes each are too long for one, too.
HOSTILE_NAMES = (
    "a/b",
    "../../outside",
    "..",
    ".",
    "/absolute",
    "a\\b",
    "..\\..\\outside",
    "nul\x00byte",
    "x" * 300,
    "\u9577" * 100,
    "con",
    ".hidden",
    "line\nbreak",
)
# What of that kind DynamoDB takes for a table's name.
HOSTILE_TABLE_NAMES = ("...", "..a..", ".hidden", *LONG_TABLE_NAMES)
