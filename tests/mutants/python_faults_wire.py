"""Faults of the Python reference handler towards the wire, and servers that are not the service."""

from __future__ import annotations

from dataclasses import replace

from tests.mutants.mutant import Mutant, faults_of

_mutant = faults_of("reference", prefix="python")

# Seconds: enough for a deadline of one's own, and for the drops of an answer that drips.
SHORT = 3.0

IMPORTS = "import time\n"
HANDLERS = (
    "    opener.add_handler((urllib.request.HTTPSHandler if secure else"
    " urllib.request.HTTPHandler)())\n"
)
UNVERIFIED = "urllib.request.HTTPSHandler(context=ssl._create_unverified_context())"
OPENER = "urllib.request.OpenerDirector()"
TIMEOUT = "timeout=max(0.001, deadline - time.monotonic())"
IN_TIME = "    return bytes(_in_time(exchange, deadline))\n"
REFUSED = '                raise IngestError(f"{method} was refused with status {answer.status}")\n'
CAUGHT = "    except Exception as trouble:\n        raise Ingest"
PRESIGN = "        upload_url = _presign(request, api_key, api_secret, deadline)\n"
UPLOAD = '        _send("PUT", upload_url, body, JSON_CONTENT, deadline)\n'
PARSED = '    upload_url = json.loads(answer)["uploadUrl"]'
READ = 'bytes(answer.read()) if method == "POST"'
PUBLISHED = '        answer["ContentHash"] = _publish(event_id, action, deadline)  # H12\n'


def _raises(name: str, error: str, module: str) -> Mutant:
    """One kind of trouble is not caught."""
    return _mutant(
        f"raises-on-{name}",
        "H50",
        (IMPORTS, IMPORTS + f"import {module}\n"),
        (CAUGHT, f"    except {error}:\n        raise\n{CAUGHT}"),
    )


PYTHON_WIRE_MUTANTS: tuple[Mutant, ...] = (
    _mutant(
        "certificates-unverified",
        "H73",
        (IMPORTS, "import ssl\n" + IMPORTS),
        (
            HANDLERS,
            f"    opener.add_handler({UNVERIFIED} if secure else urllib.request.HTTPHandler())\n",
        ),
    ),
    _mutant(
        "certificates-unverified-for-uploads",
        "H73",
        (IMPORTS, "import ssl\n" + IMPORTS),
        (
            HANDLERS,
            '    if secure and method == "PUT":\n'
            f"        opener.add_handler({UNVERIFIED})\n"
            f"    else:\n    {HANDLERS}",
        ),
    ),
    _mutant("redirects-followed", "H74", (OPENER, "urllib.request.build_opener()")),
    replace(
        _mutant(
            "waits-without-a-limit",
            "H56",
            (TIMEOUT, "timeout=None"),
            (IN_TIME, "    return bytes(exchange())\n"),
        ),
        timeout=SHORT,
    ),
    replace(
        _mutant("limits-the-socket-only", "H56", (IN_TIME, "    return bytes(exchange())\n")),
        timeout=SHORT,
    ),
    _raises("garbage", "http.client.BadStatusLine", "http.client"),
    _raises("an-incomplete-answer", "http.client.IncompleteRead", "http.client"),
    _raises("a-bad-certificate", "urllib.error.URLError", "urllib.error"),
    _mutant(
        "half-an-answer-is-enough",
        "H55",
        (IMPORTS, "import http.client\nimport re\n" + IMPORTS),
        (PARSED, '    upload_url = re.search(b\'"uploadUrl": "([^"]+)\', answer)[1].decode()'),
        (READ, 'all_that_came(answer) if method == "POST"'),
        (
            "def _in_time(",
            "def all_that_came(answer: Any) -> bytes:\n"
            "    try:\n"
            "        return bytes(answer.read())\n"
            "    except http.client.IncompleteRead as error:\n"
            "        return error.partial\n\n\n"
            "def _in_time(",
        ),
    ),
    replace(
        _mutant(
            "comes-again-when-told-to",
            "H50",
            (
                REFUSED,
                '                if answer.status == 503 and answer.headers["Retry-After"]:\n'
                '                    later.append(int(answer.headers["Retry-After"]))\n' + REFUSED,
            ),
            (
                IN_TIME,
                "    later: list[int] = []\n"
                "    try:\n"
                f"    {IN_TIME}"
                "    except IngestError:\n"
                "        time.sleep(sum(later))\n"
                "        raise\n",
            ),
        ),
        timeout=SHORT,
    ),
    replace(
        _mutant(
            "expired-url-tried-for-ever",
            "H50",
            (
                UPLOAD,
                "        while True:\n"
                "            try:\n"
                f"        {UPLOAD.replace('deadline', 'time.monotonic() + 1')}"
                "                break\n"
                "            except IngestError as error:\n"
                '                if "403" not in str(error):\n'
                "                    raise\n"
                "                time.sleep(0.05)\n",
            ),
        ),
        timeout=SHORT,
    ),
    _mutant(
        "new-event-after-a-lost-answer",
        "H03",
        (
            PUBLISHED,
            "        try:\n"
            f"    {PUBLISHED}"
            "        except IngestError as error:\n"
            '            if "Connection" not in str(error):\n'
            "                raise\n"
            "            event_id = str(uuid.uuid4())\n"
            '            answer["EventId"] = event_id\n'
            f"    {PUBLISHED}",
        ),
    ),
    _mutant(
        "same-nonce-after-a-lost-answer",
        "H23",
        (
            PRESIGN,
            f"        try:\n    {PRESIGN}        except ConnectionError:\n    {PRESIGN}",
        ),
    ),
)
