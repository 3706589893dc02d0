"""Which mutant shows what a violation of a clause looks like, and its fault in a line of words."""

from __future__ import annotations

HANDLERS: dict[str, tuple[str, str]] = {
    "H01": (
        "python-snapshot-from-os-cache",
        "the snapshot is taken from the cache in the home directory, where one is found",
    ),
    "H02": ("python-event-id-version-5", "the eventId is a UUID of version 5"),
    "H03": ("python-event-id-random", "the eventId is drawn by chance in each attempt"),
    "H04": (
        "python-event-id-from-physical-id-on-update",
        "an Update takes its eventId from the PhysicalResourceId",
    ),
    "H05": ("python-physical-id-is-logical-id", "a Create answers with the logical id"),
    "H06": (
        "python-answers-update-with-a-new-id",
        "an Update answers with its own eventId for a PhysicalResourceId",
    ),
    "H07": ("python-physical-id-new-on-delete", "a Delete answers with an id of its own"),
    "H08": (
        "python-undoes-what-it-did-not-hear-of",
        "an upload whose answer was lost is undone by a DELETE, under another eventId",
    ),
    "H09": (
        "python-deletes-the-neighbours",
        "a Delete publishes DELETE for the other entities of the table too",
    ),
    "H10": (
        "python-hash-of-redumped",
        "the hash is that of the document parsed and written anew; sent are the bundled bytes",
    ),
    "H11": ("python-time-of-run-inside", "the snapshot is stamped with the time of the run"),
    "H12": ("python-answered-hash-unprefixed", "the answer's hash lacks the prefix `sha256:`"),
    "H20": (
        "python-announces-completion",
        "after the upload the service is told of it, by a POST to another path",
    ),
    "H21": ("python-time-without-zone", "the timestamp is written without a zone"),
    "H22": (
        "python-signs-escaped-text",
        "what is signed is the body with its non-ASCII characters escaped, and not what is sent",
    ),
    "H23": ("python-nonce-is-event-id", "the eventId serves as the nonce"),
    "H24": (
        "python-app-id-of-format-1-only",
        "appId is looked for where format 1.0 has it, in format 3.0 too",
    ),
    "H25": ("python-schema-inline", "the schema is sent along in the presign body"),
    "H26": (
        "python-slash-doubled",
        "the path is appended to a base URL that ends with a slash already",
    ),
    "H30": ("python-plus-decoded", "`%2B` in the upload URL becomes `+`"),
    "H31": ("python-chunked", "the upload is streamed, so it is chunked"),
    "H32": ("python-api-key-to-the-bucket", "the upload has the header `x-chaim-key` too"),
    "H33": ("python-uploads-twice", "the upload is done twice, whatever the first answer was"),
    "H34": ("python-uploads-despite-403", "a presign answered with 403 is taken for a grant"),
    "H40": ("python-nulls-dropped", "fields whose value is null are left out"),
    "H41": ("python-legacy-refused", "a bundled snapshot without `action` is refused"),
    "H42": (
        "python-schema-key-dropped-on-delete",
        "a Delete leaves the key `schema` out instead of setting it to null",
    ),
    "H43": ("python-byte-order-mark", "the bytes begin with a byte order mark"),
    "H50": (
        "python-raises-on-reset",
        "a connection that is reset raises past the handler of errors",
    ),
    "H51": (
        "python-strict-swallows-bucket-refusals",
        "STRICT fails on everything but a refusal of the upload",
    ),
    "H52": ("python-strict-when-empty", "an empty FAILURE_MODE is taken for STRICT"),
    "H53": ("python-silent", "nothing is logged when the ingestion fails"),
    "H54": (
        "python-fails-on-delete-of-nothing",
        "a Delete whose PhysicalResourceId is none of its own raises",
    ),
    "H55": (
        "python-malformed-presign-accepted",
        "a presign answer that cannot be read is skipped, and the answer says success",
    ),
    "H56": (
        "node-answer-cut-short-never-settles",
        "nobody listens for the error of an answer that breaks off, so that the promise waits",
    ),
    "H57": (
        "python-failure-remembered-in-memory",
        "an eventId that failed is remembered, and refused when it comes again",
    ),
    "H60": ("python-error-body-in-answer", "the answer repeats what the service said, whole"),
    "H61": ("python-url-in-answer", "the upload URL stands in the answer's data"),
    "H70": (
        "python-header-error-logged",
        "the error of an HTTP client that refuses a header is logged as it is",
    ),
    "H71": ("python-key-in-presign-body", "the API key stands in the presign body as well"),
    "H72": ("python-url-logged", "the upload URL is logged"),
    "H73": ("python-certificates-unverified", "the verification of certificates is switched off"),
    "H74": ("python-redirects-followed", "the HTTP client follows redirects with all headers"),
    "H75": (
        "python-credentials-kept-in-a-temporary-file",
        "the credentials are cached in a file of the temporary directory",
    ),
    "H80": (
        "python-environment-wins-over-secret",
        "where API_KEY is set, the secret that is named is not read",
    ),
    "H81": ("python-key-and-secret-swapped", "API_KEY and API_SECRET are swapped"),
    "H82": (
        "python-missing-credentials-become-text",
        "a variable that is not set becomes the text `None`, which is sent",
    ),
    "H90": ("python-limit-of-8-mebibytes", "the default limit is 8 MiB"),
    "H91": ("python-limit-counts-characters", "the limit counts characters"),
    "H92": (
        "python-unknown-mode-not-named",
        "a FAILURE_MODE that is not known is taken for BEST_EFFORT, without a word",
    ),
}

BINDERS: dict[str, tuple[str, str]] = {
    "B01": (
        "py-stack-construct-id",
        "the path has the stack's construct id where its deployed name belongs",
    ),
    "B02": ("py-base-ignores-environment", "CHAIM_SNAPSHOT_DIR is not looked at"),
    "B03": ("py-token-for-unknown", "an account that is not known leaves its token in the path"),
    "B04": ("py-snapshot-kept", "a snapshot that exists already is not written again"),
    "B05": ("py-version-is-a-number", "schemaVersion is a number, not a text"),
    "B06": (
        "py-falsy-values-dropped",
        "values of the schema that count as false (false, 0, an empty text) are left out",
    ),
    "B07": ("py-indexes-lose-their-sort-keys", "indexes are described by their partition key only"),
    "B08": ("py-ttl-guessed", "a table without TTL gets the attribute `ttl`"),
    "B09": (
        "py-number-by-what-is-there",
        "a file of an earlier synth is taken for a collision, and a number is appended",
    ),
    "B10": ("py-one-entity-a-table", "the last binding of a table replaces the others"),
    "B11": ("py-compared-by-identity", "configurations are compared as objects"),
    "B12": ("py-mode-lower-cased", "the failure mode is passed on in lower case"),
    "B13": ("py-secret-read", "the secret is read at synth, to see whether it is there"),
    "B14": (
        "py-below-the-working-directory",
        "assets are written below the working directory instead of beside cdk.json",
    ),
    "B15": ("py-constant-asset-hash", "every bundle has the same asset hash"),
    "B16": ("py-bundle-without-metadata", "the bundled snapshot lacks the table's metadata"),
    "B17": ("py-all-secrets", "the role may read every secret of the account"),
    "B18": ("py-path-of-the-context-lost", "of the base URL in context the path is dropped"),
    "B19": (
        "py-only-json-schema",
        "schemas are checked by JSON Schema alone, which knows no reserved words",
    ),
    "B20": ("py-file-not-named", "the error tells what is wrong, and not in which file"),
    "B21": ("py-empty-app-id", "an empty appId is taken"),
    "B22": (
        "py-fingerprint-with-time",
        "the property that tells of changes is a hash with the time of the synth in it",
    ),
    "B23": (
        "py-handler-needs-its-package",
        "the bundled handler imports the binder's package, which is not bundled",
    ),
    "B24": ("py-table-tagged", "the table is tagged"),
    "B25": ("py-tokens-in-identity", "account and region stand in the snapshot as tokens"),
    "B26": ("py-list-beside-snapshots", "an index.json is written beside the snapshots"),
    "B27": ("py-key-of-the-binding", "the stable key is made of the binding's id"),
    "B28": ("py-environment-ignored", "CHAIM_API_BASE_URL is not looked at in synth"),
    "B29": (
        "py-schema-in-properties",
        "the schema is passed on as a property of the custom resource",
    ),
    "B30": ("py-only-table-made-safe", "entity names become part of the path as they are"),
    "B31": (
        "py-renamed-entity-stays",
        "the custom resource is tied to the binding's path, so that a renamed entity is an Update",
    ),
    "B32": ("py-left-overs-stay", "files of bindings that are gone stay where they are"),
    "B33": (
        "py-captured-when-bound",
        "the table is read in the binding's constructor, before its last index is added",
    ),
}
