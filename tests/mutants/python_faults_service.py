"""Faults of the Python reference handler towards the service, and in what it makes of trouble."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, faults_of

_mutant = faults_of("reference", prefix="python")

IMPORTS = "import uuid\n"
PRESIGN = "        upload_url = _presign(request, api_key, api_secret, deadline)\n"
UPLOAD = '        _send("PUT", upload_url, body, JSON_CONTENT, deadline)\n'
TIMESTAMP = '"timestamp": _now(),'
NONCE = '"nonce": str(uuid.uuid4()),'
SIGNED = 'hmac.new(secret.encode("utf-8"), body, hashlib.sha256)'
APP_ID = 'snapshot["appId"] if "appId" in snapshot else snapshot["identity"]["appId"]'
BASE_URL = '(os.environ.get("CHAIM_API_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")'
PRESIGN_URL = 'base + "/ingest/presign"'
MODE = 'os.environ.get("FAILURE_MODE") or "BEST_EFFORT"'
PUBLISHED = '        answer["ContentHash"] = _publish(event_id, action, deadline)  # H12\n'
FAILING = "    except IngestError as error:\n"
STRICT = 'if mode == "STRICT":'
LOGGED = '        print(f"ERROR chaim: {action} was not published: {error}")  # H53\n'
FAILED_STATUS = 'answer["IngestStatus"] = "FAILED"'

PRESIGNING = (
    _mutant(
        "presigns-twice",
        "H20",
        (
            PRESIGN,
            '        first = {**request, "nonce": str(uuid.uuid4())}\n'
            "        _presign(first, api_key, api_secret, deadline)\n" + PRESIGN,
        ),
    ),
    _mutant(
        "announces-completion",
        "H20",
        (
            "    return content_hash\n",
            '    base = os.environ.get("CHAIM_API_BASE_URL", "").rstrip("/")\n'
            "    try:\n"
            '        _send("POST", base + "/ingest/complete", b"{}", JSON_CONTENT, deadline)\n'
            "    except Exception:\n"
            "        pass\n"
            "    return content_hash\n",
        ),
    ),
    _mutant("time-without-zone", "H21", (TIMESTAMP, '"timestamp": _now()[:-1],')),
    _mutant("time-in-seconds", "H21", (TIMESTAMP, '"timestamp": f"{time.time():.3f}",')),
    _mutant("time-missing", "H21", (TIMESTAMP, "")),
    _mutant("nonce-is-hex", "H21", (NONCE, '"nonce": uuid.uuid4().hex,')),
    _mutant("nonce-version-1", "H21", (NONCE, '"nonce": str(uuid.uuid1()),')),
    _mutant("nonce-missing", "H21", (NONCE, "")),
    _mutant(
        "signs-escaped-text",
        "H22",
        (SIGNED, SIGNED.replace("body", "json.dumps(request).encode()")),
    ),
    _mutant(
        "signs-reserialized-text",
        "H22",
        (
            SIGNED,
            SIGNED.replace(
                "body", 'json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()'
            ),
        ),
    ),
    _mutant(
        "signature-of-the-hash",
        "H22",
        (SIGNED, SIGNED.replace("body", 'request["contentHash"].encode()')),
    ),
    _mutant("key-under-another-name", "H22", ('"x-chaim-key": key', '"x-api-key": key')),
    _mutant("nonce-is-event-id", "H23", (NONCE, '"nonce": event_id,')),
    _mutant(
        "nonce-once-a-process",
        "H23",
        (IMPORTS, IMPORTS + "NONCE = str(uuid.uuid4())\n"),
        (NONCE, '"nonce": NONCE,'),
    ),
    _mutant("app-id-of-format-1-only", "H24", (APP_ID, 'snapshot.get("appId", "unknown")')),
    _mutant(
        "app-id-is-resource-id",
        "H24",
        (APP_ID, APP_ID.replace("appId", "resourceId")),
    ),
    _mutant("schema-inline", "H25", (NONCE, NONCE + ' "schema": json.loads(body)["schema"],')),
    _mutant(
        "field-names-inline",
        "H25",
        (
            "        request = {  # H21",
            '        fields = (json.loads(body)["schema"] or {}).get("fields", [])\n'
            "        request = {  # H21",
        ),
        (NONCE, NONCE + ' "fields": [field["name"] for field in fields],'),
    ),
    _mutant("slash-doubled", "H26", (BASE_URL, BASE_URL.replace('.rstrip("/")', ""))),
    _mutant(
        "path-prefix-dropped",
        "H26",
        (PRESIGN_URL, 'urllib.parse.urljoin(base, "/ingest/presign")'),
    ),
)

UPLOADING = (
    _mutant(
        "plus-decoded",
        "H30",
        (UPLOAD, UPLOAD.replace("upload_url", 'upload_url.replace("%2B", "+")')),
    ),
    _mutant(
        "url-unquoted",
        "H30",
        (
            UPLOAD,
            UPLOAD.replace(
                "upload_url", 'urllib.parse.quote(urllib.parse.unquote(upload_url), safe=":/?&=+")'
            ),
        ),
    ),
    _mutant(
        "url-quoted-again",
        "H30",
        (UPLOAD, UPLOAD.replace("upload_url", 'upload_url.replace("%25", "%2525")')),
    ),
    _mutant(
        "chunked",
        "H31",
        ("url, data=body, headers", 'url, data=iter([body]) if method == "PUT" else body, headers'),
    ),
    _mutant("content-type-missing", "H31", (UPLOAD, UPLOAD.replace("JSON_CONTENT", "{}"))),
    _mutant(
        "content-type-with-charset",
        "H31",
        (
            UPLOAD,
            UPLOAD.replace("JSON_CONTENT", '{"Content-Type": "application/json; charset=utf-8"}'),
        ),
    ),
    _mutant(
        "api-key-to-the-bucket",
        "H32",
        (UPLOAD, UPLOAD.replace("JSON_CONTENT", '{**JSON_CONTENT, "x-chaim-key": api_key}')),
    ),
    _mutant(
        "authorization-to-the-bucket",
        "H32",
        (
            UPLOAD,
            UPLOAD.replace(
                "JSON_CONTENT", '{**JSON_CONTENT, "Authorization": "Bearer " + api_key}'
            ),
        ),
    ),
    _mutant("uploads-twice", "H33", (UPLOAD, UPLOAD + UPLOAD)),
    _mutant(
        "url-of-an-earlier-attempt",
        "H33",
        (IMPORTS, IMPORTS + "URLS: dict[str, str] = {}\n"),
        (
            UPLOAD,
            "        upload_url = URLS.setdefault(event_id + content_hash, upload_url)\n" + UPLOAD,
        ),
    ),
    _mutant(
        "uploads-despite-403",
        "H34",
        (
            "if not 200 <= answer.status < 300:",
            'if not 200 <= answer.status < 300 and (method, answer.status) != ("POST", 403):',
        ),
    ),
)

FAILURE_MODES = (
    _mutant(
        "raises-on-reset",
        "H50",
        (
            "    except Exception as trouble:\n        raise Ingest",
            "    except ConnectionError:\n        raise\n"
            "    except Exception as trouble:\n        raise Ingest",
        ),
    ),
    _mutant(
        "raises-on-presign-403",
        "H50",
        (STRICT, 'if mode == "STRICT" or str(error) == "POST was refused with status 403":'),
    ),
    _mutant(
        "raises-without-a-snapshot",
        "H50",
        (
            "    except Exception as trouble:\n        raise Ingest",
            "    except FileNotFoundError:\n        raise\n"
            "    except Exception as trouble:\n        raise Ingest",
        ),
    ),
    _mutant(
        "strict-swallows-bucket-refusals",
        "H51",
        (STRICT, 'if mode == "STRICT" and not str(error).startswith("PUT was refused"):'),
    ),
    _mutant(
        "strict-swallows-a-missing-snapshot",
        "H51",
        (STRICT, 'if mode == "STRICT" and "snapshot.json" not in str(error):'),
    ),
    _mutant(
        "strict-swallows-throttling",
        "H51",
        (STRICT, 'if mode == "STRICT" and "status 429" not in str(error):'),
    ),
    _mutant("strict-by-default", "H52", (MODE, 'os.environ.get("FAILURE_MODE") or "STRICT"')),
    _mutant(
        "strict-when-empty",
        "H52",
        (MODE, 'os.environ.get("FAILURE_MODE", "BEST_EFFORT") or "STRICT"'),
    ),
    _mutant("silent", "H53", (LOGGED, "")),
    _mutant(
        "failure-answered-as-success", "H53", (FAILED_STATUS, 'answer["IngestStatus"] = "SUCCESS"')
    ),
    _mutant(
        "strict-always-fails",
        "H54",
        (
            PUBLISHED,
            f'{PUBLISHED}        if mode == "STRICT":\n            raise IngestError("strict")\n',
        ),
    ),
    _mutant(
        "malformed-presign-accepted",
        "H55",
        (
            PRESIGN,
            "        try:\n"
            f"    {PRESIGN}"
            "        except (ValueError, KeyError, TypeError):\n"
            "            return content_hash\n",
        ),
    ),
    _mutant(
        "missing-url-accepted",
        "H55",
        (
            '        raise IngestError("presign: the answer has no upload URL")\n',
            '        return ""\n',
        ),
        (UPLOAD, f"        if upload_url:\n    {UPLOAD}"),
    ),
    _mutant(
        "failure-remembered-in-memory",
        "H57",
        (IMPORTS, IMPORTS + "FAILED: set[str] = set()\n"),
        (FAILING, f"{FAILING}        FAILED.add(event_id)\n"),
        (
            PUBLISHED,
            '        if event_id in FAILED:\n            raise IngestError("failed before")\n'
            + PUBLISHED,
        ),
    ),
    _mutant(
        "failure-remembered-in-a-file",
        "H57",
        (IMPORTS, IMPORTS + "import tempfile\n"),
        (FAILING, f'{FAILING}        Path(tempfile.gettempdir(), "failed-" + event_id).touch()\n'),
        (
            PUBLISHED,
            '        if Path(tempfile.gettempdir(), "failed-" + event_id).exists():\n'
            '            raise IngestError("failed before")\n' + PUBLISHED,
        ),
    ),
)

SERVICE_MUTANTS: tuple[Mutant, ...] = (*PRESIGNING, *UPLOADING, *FAILURE_MODES)
