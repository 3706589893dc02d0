"""Faults of the Node handlers towards the wire, and servers that are not the service."""

from __future__ import annotations

from dataclasses import replace

from tests.mutants.mutant import Mutant, faults_of
from tests.mutants.python_faults_wire import SHORT

_framework = faults_of("framework-cjs", prefix="node")
_provider = faults_of("node-provider", prefix="node-raw")
_fetch = faults_of("fetch-esm", prefix="node-fetch")

OPTIONS = "{ method, headers, signal, agent: false }"
SETTLED = "      response.on('error', reject)\n"
CLOSED = "      response.on('close', () => reject(new IngestError('an answer was cut short')))\n"
PARSED = "  const { uploadUrl } = parse(answer.text, 'the presign answer')\n"
CAUGHT = "  } catch (error) {\n    const reason = error.known"

NODE_WIRE_MUTANTS: tuple[Mutant, ...] = (
    _framework(
        "certificates-unverified",
        "H73",
        (OPTIONS, OPTIONS.replace("agent", "rejectUnauthorized: false, agent")),
    ),
    _framework(
        "certificates-unverified-for-uploads",
        "H73",
        (OPTIONS, OPTIONS.replace("agent", "rejectUnauthorized: method !== 'PUT', agent")),
    ),
    _fetch("redirects-followed", "H74", ("redirect: 'manual'", "redirect: 'follow'")),
    _framework("answer-cut-short-never-settles", "H56", (SETTLED, "")),
    _provider("answer-cut-short-never-settles", "H56", (SETTLED, ""), (CLOSED, "")),
    replace(
        _framework("waits-without-a-limit", "H56", (OPTIONS, OPTIONS.replace("signal, ", ""))),
        timeout=SHORT,
    ),
    replace(
        _framework(
            "limits-idle-time-only",
            "H56",
            (OPTIONS, OPTIONS.replace("signal", "timeout: 2000")),
            (
                "    request.on('error', reject)\n",
                "    request.on('error', reject)\n"
                "    request.on('timeout', () => request.destroy(failure('no answer')))\n",
            ),
        ),
        timeout=SHORT,
    ),
    _framework(
        "half-an-answer-is-enough",
        "H55",
        (
            SETTLED,
            "      response.on('error', () => resolve({ status: response.statusCode, text }))\n",
        ),
        (
            PARSED,
            '  const [, uploadUrl] = /"uploadUrl": *"([^"]+)/.exec(answer.text) ?? []\n',
        ),
    ),
    _framework(
        "raises-on-garbage",
        "H50",
        (
            CAUGHT,
            CAUGHT.replace(
                "    const",
                "    if (!strict && /^HPE_/.test(error.code)) throw error\n    const",
            ),
        ),
    ),
)
