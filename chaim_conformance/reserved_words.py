"""Words that no name may be in the languages that snapshots are made into code of."""

from __future__ import annotations

# Reserved keywords and literals (Java SE 21, JLS 3.9 and 3.10); contextual ones may be names.
JAVA = (
    *("class", "public", "interface", "synchronized", "abstract", "assert", "boolean", "break"),
    *("byte", "case", "catch", "char", "const", "continue", "default", "do", "double", "else"),
    *("enum", "extends", "final", "finally", "float", "for", "goto", "if", "implements", "import"),
    *("instanceof", "int", "long", "native", "new", "package", "private", "protected", "return"),
    *("short", "static", "strictfp", "super", "switch", "this", "throw", "throws", "transient"),
    *("try", "void", "volatile", "while", "_", "true", "false", "null"),
)
# Not `keyword.kwlist`: the rule does not change with the Python that judges.
PYTHON = (
    *("lambda", "def", "pass", "nonlocal", "False", "None", "True", "and", "as", "assert"),
    *("async", "await", "break", "class", "continue", "del", "elif", "else", "except", "finally"),
    *("for", "from", "global", "if", "import", "in", "is", "not", "or", "raise", "return"),
    *("try", "while", "with", "yield"),
)
GO = (
    *("func", "chan", "defer", "fallthrough", "break", "case", "const", "continue", "default"),
    *("else", "for", "go", "goto", "if", "import", "interface", "map", "package", "range"),
    *("return", "select", "struct", "switch", "type", "var"),
)

# Every word, and the languages that reserve it.
RESERVED_WORDS: dict[str, tuple[str, ...]] = {
    word: tuple(
        language
        for language, words in (("Java", JAVA), ("Python", PYTHON), ("Go", GO))
        if word in words
    )
    for word in (*JAVA, *PYTHON, *GO)
}
