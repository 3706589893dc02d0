"""Faults of the Python reference handler in what it tells whom, in credentials and in sizes."""

from __future__ import annotations

from tests.mutants.mutant import Edit, faults_of

_mutant = faults_of("reference", prefix="python")

CONTENT_HASH = '    content_hash = "sha256:" + hashlib.sha256(body).hexdigest()  # H10\n'
REFUSAL = '                raise IngestError(f"{method} was refused with status {answer.status}")\n'
LOGGED = '        print(f"ERROR chaim: {action} was not published: {error}")  # H53\n'
TOLD = (
    '        answer["Error"] = str(error)  # H60: never the service\'s own words, so always short\n'
)
ANSWER = '    answer = {"EventId": event_id, "Action": action, "Timestamp": _now()}  # H61\n'
SUCCEEDED = '        answer["IngestStatus"] = "SUCCESS"\n'
PRESIGN = "        upload_url = _presign(request, api_key, api_secret, deadline)\n"
NONCE = '            "nonce": str(uuid.uuid4()),  # H23\n'
KEY = 'key, api_secret = os.environ.get("API_KEY"), os.environ.get("API_SECRET")'
CHECKED = 'for name, value in (("API key", key), ("API secret", api_secret)):  # H82'
PRINTABLE = "    if not (key.isascii() and key.isprintable()):\n"
LIMIT = "    if len(body) > (limit := _max_bytes()):"
HEADERS = '{**JSON_CONTENT, "x-chaim-key": key, "x-chaim-signature": signature}'
TROUBLE = '        raise IngestError(f"{name}: {type(trouble).__name__}") from None\n'
RAISED = '        if mode == "STRICT":\n'
LIMITED = '        raise IngestError(f"the snapshot has {len(body)} bytes, the limit is {limit}")\n'
S3_DOCUMENT = (
    REFUSAL,
    REFUSAL.replace("raise ", "refusal = ")
    + "                document = answer.read().decode()\n"
    + '                refusal.detail = document.partition("SignatureProvided")[2][:99]\n'
    + "                raise refusal\n",
)


def _body_in_answer(cut: str) -> Edit:
    """The service's own words become the reason, in answer and log."""
    return (
        REFUSAL,
        '                said = answer.read().decode() if method == "POST" else ""\n'
        f'                raise IngestError(f"{{method}}: {{answer.status}} {{said{cut}}}")\n',
    )


ANSWERS = (
    _mutant("error-body-in-answer", "H60", _body_in_answer("")),
    _mutant("error-body-cut-by-characters", "H60", _body_in_answer("[:3000]")),
    _mutant(
        "answer-without-event-id", "H61", (ANSWER, ANSWER.replace('"EventId": event_id, ', ""))
    ),
    _mutant("answer-without-status", "H61", (SUCCEEDED, "        pass\n")),
    _mutant(
        "answer-with-another-event-id",
        "H61",
        (ANSWER, ANSWER.replace("event_id", "str(uuid.uuid4())")),
    ),
    _mutant(
        "description-in-answer",
        "H61",
        (
            SUCCEEDED,
            SUCCEEDED
            + '        snapshot = json.loads(Path("snapshot.json").read_bytes())\n'
            + '        answer["About"] = snapshot["schema"]["description"]\n',
        ),
    ),
    _mutant(
        "url-in-answer",
        "H61",
        ("class IngestError(Exception):\n", "LAST = {}\n\n\nclass IngestError(Exception):\n"),
        (PRESIGN, PRESIGN + '        LAST["url"] = upload_url\n'),
        (SUCCEEDED, SUCCEEDED + '        answer["UploadUrl"] = LAST["url"]\n'),
    ),
    _mutant(
        "s3-error-in-answer",
        "H61",
        S3_DOCUMENT,
        (TOLD, TOLD + '        answer["Detail"] = getattr(error, "detail", "")\n'),
    ),
)


def _logging(what: str) -> Edit:
    return CONTENT_HASH, f'    print(f"INFO chaim: {what}")\n' + CONTENT_HASH


SECRECY = (
    _mutant("secret-logged", "H70", _logging("signing with {api_secret}")),
    _mutant("key-logged", "H70", _logging("publishing as {api_key}")),
    _mutant("eight-characters-logged", "H70", _logging("publishing as {api_key[:8]}...")),
    _mutant("secret-logged-in-hex", "H70", _logging("secret {api_secret.encode().hex()}")),
    _mutant(
        "credentials-logged-in-base64",
        "H70",
        _logging(
            "Basic {__import__('base64').b64encode(f'{api_key}:{api_secret}'.encode()).decode()}"
        ),
    ),
    _mutant(
        "headers-logged-on-401",
        "H70",
        (
            REFUSAL,
            "                if answer.status == 401:\n"
            '                    print(f"DEBUG chaim: {headers}")\n' + REFUSAL,
        ),
    ),
    _mutant(
        "header-error-logged",
        "H70",
        (PRINTABLE, "    if False:\n"),
        (TROUBLE, '        print(f"DEBUG chaim: {trouble}")\n' + TROUBLE),
    ),
    _mutant("key-in-presign-body", "H71", (NONCE, NONCE + '            "publisher": api_key,\n')),
    _mutant(
        "key-in-snapshot",
        "H71",
        (
            "        return bundled, app_id",
            '        publisher = json.dumps(os.environ.get("API_KEY", "")).encode()\n'
            '        bundled = bundled.rstrip()[:-1] + b\', "x-publisher": \' + publisher + b"}"\n'
            "        return bundled, app_id",
        ),
    ),
    _mutant(
        "key-in-answer",
        "H71",
        (SUCCEEDED, SUCCEEDED + '        answer["Key"] = (os.environ.get("API_KEY") or "")[-8:]\n'),
    ),
    _mutant(
        "url-logged", "H72", (PRESIGN, PRESIGN + '        print(f"DEBUG chaim: {upload_url}")\n')
    ),
    _mutant(
        "s3-error-logged",
        "H72",
        S3_DOCUMENT,
        (LOGGED, LOGGED + "        print(f\"DEBUG chaim: {getattr(error, 'detail', '')}\")\n"),
    ),
    _mutant(
        "credentials-kept-in-a-temporary-file",
        "H75",
        (
            CONTENT_HASH,
            '    kept = Path(os.environ["TMPDIR"], "chaim.json")\n'
            "    kept.write_text(json.dumps([api_key, api_secret]))\n" + CONTENT_HASH,
        ),
    ),
    _mutant(
        "request-kept-in-the-bundle",
        "H75",
        (
            "    base = (os.environ",
            f'    Path("last-request.txt").write_text(str({HEADERS}))\n    base = (os.environ',
        ),
    ),
)

CREDENTIALS = (
    _mutant("key-lowercased", "H81", (KEY, KEY.replace('"API_KEY")', '"API_KEY", "").lower()'))),
    _mutant(
        "key-and-secret-swapped",
        "H81",
        (PRESIGN, PRESIGN.replace("api_key, api_secret", "api_secret, api_key")),
    ),
    _mutant(
        "missing-credentials-become-text",
        "H82",
        (
            KEY,
            'key, api_secret = str(os.environ.get("API_KEY")), str(os.environ.get("API_SECRET"))',
        ),
    ),
    _mutant(
        "secret-not-looked-at",
        "H82",
        (CHECKED, 'api_secret = api_secret or ""\n    for name, value in (("API key", key),):'),
    ),
    _mutant(
        "empty-credentials-sent",
        "H82",
        (
            "if not isinstance(value, str) or not value.strip():",
            "if not isinstance(value, str):",
        ),
    ),
    _mutant(
        "line-break-taken-out-of-the-key",
        "H82",
        (PRINTABLE, '    key = key.replace("\\n", "")\n' + PRINTABLE),
    ),
    _mutant(
        "strict-swallows-missing-credentials",
        "H82",
        (RAISED, '        if mode == "STRICT" and "missing or empty" not in str(error):\n'),
    ),
    _mutant(
        "raises-without-credentials",
        "H50",
        (RAISED, '        if mode == "STRICT" or "missing or empty" in str(error):\n'),
    ),
)

SIZES = (
    _mutant("limit-counts-characters", "H91", (LIMIT, LIMIT.replace("body", "body.decode()"))),
    _mutant("limit-exclusive", "H91", (LIMIT, LIMIT.replace(">", ">="))),
    _mutant("limit-ignored", "H91", (LIMIT, "    if (limit := _max_bytes()) < 0:")),
    _mutant(
        "limit-after-presign",
        "H91",
        (LIMIT + "  # H91: as uploaded, and before anything is sent\n" + LIMITED, ""),
        (
            PRESIGN,
            PRESIGN
            + "        if len(body) > (limit := _max_bytes()):\n"
            + '            raise IngestError(f"{len(body)} bytes, the limit is {limit}")\n',
        ),
    ),
    _mutant(
        "unknown-mode-not-named",
        "H92",
        (
            'print(f"WARNING chaim: FAILURE_MODE={mode[:40]!r} is unknown: BEST_EFFORT is used")',
            "pass",
        ),
    ),
    _mutant(
        "unknown-limit-not-named",
        "H92",
        (
            'print(f"WARNING chaim: CHAIM_MAX_SNAPSHOT_BYTES={limit[:40]!r} is no number")',
            "pass",
        ),
    ),
)

SECRECY_MUTANTS = (*ANSWERS, *SECRECY, *CREDENTIALS, *SIZES)
