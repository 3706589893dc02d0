"""A recognisable cause is named: the violation says what its author did."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.judge import Judge
from tests.by_day import some_by_day
from tests.mutants.catalogue import MUTANTS, build

HINTS = {
    "python-event-id-without-dashes": "version and variant bits",
    "python-event-id-random": "derive the eventId from the RequestId",
    "python-event-id-in-memory": "a cold start forgets it",
    "python-event-id-from-physical-id-on-update": "it is the UUID in the PhysicalResourceId",
    "python-snapshot-from-os-cache": "belong to the command line",
    "python-physical-id-new-on-delete": "for another resource",
    "python-hash-uppercase": "have to be lowercase",
    "python-hash-unprefixed": "prefix `sha256:` is missing",
    "python-hash-of-redumped": "parsed and written out anew",
    "python-hash-in-utf-16": "the text in utf-16",
    "python-hash-of-normalized-text": "after normalizing it (NFC)",
    "python-hash-of-bundle-on-delete": "as bundled, before the handler changed it",
    "python-hash-before-adding-itself": "before `contentHash` was added",
    "node-raw-hash-before-added-field": "before `publishedBy` was added",
    "python-time-of-run-inside": "in the presign body, not in the snapshot",
    "python-time-without-zone": "it has no zone",
    "python-time-in-seconds": "seconds since 1970",
    "python-nonce-is-hex": "written with dashes",
    "python-signs-escaped-text": "the escaped body",
    "python-signs-reserialized-text": "sign the very bytes",
    "python-nonce-is-event-id": "unlike the eventId",
    "python-plus-decoded": "changes `+`",
    "python-uploads-despite-403": "look at the status",
    "python-nulls-dropped": "null is a value",
    "python-texts-trimmed": "the text was trimmed",
    "python-numbers-rounded": "the number lost digits",
    "python-numbers-as-texts": "the number became a text",
    "python-action-lowercased": "only the case was changed",
    "python-fields-reordered": "in another order",
    "python-schema-key-dropped-on-delete": "the key stays, with the value null",
    "python-byte-order-mark": "utf-8-sig",
    "python-utf-16": "this is UTF-16",
    "python-raises-on-reset": "catch whatever publishing raises",
    "python-strict-when-empty": "leaves out an empty one",
    "python-error-body-in-answer": "the answer repeats what the presign answered",
    "python-header-error-logged": "quote a header that they refuse",
    "python-headers-logged-on-401": "healthy attempts are clean",
    "python-s3-error-logged": "log their Code only",
    "python-key-lowercased": "only the case differs",
    "python-key-and-secret-swapped": "key and secret are swapped",
    "node-missing-credentials-become-text": "the unset variable became a text",
    "python-limit-counts-characters": "characters",
    "python-secret-never-read": "was not asked",
    "python-environment-wins-over-secret": "the secret wins",
    "python-secret-kept-in-memory": "before the rotation",
    "python-secret-that-is-no-json-logged": "a parser quotes",
}

# One of each clause, the last as it happens.
BY_DAY = {m.clauses: m.name for m in MUTANTS if m.name in HINTS}


@pytest.mark.parametrize("name", some_by_day(HINTS, BY_DAY.values()))
def test_hint(name: str, tmp_path: Path) -> None:
    (mutant,) = (one for one in MUTANTS if one.name == name)
    provider = ProviderConfig(root=tmp_path, handler=build(mutant, tmp_path / "mutant"))
    settings = Settings(profile="quick", report=tmp_path)
    with Judge(provider, settings) as judge:
        verdicts = [judge.judge(contract.clause(clause)) for clause in mutant.clauses]
    assert {verdict.status for verdict in verdicts} == {"fail"}
    assert verdicts[0].violation is not None
    assert HINTS[name] in verdicts[0].violation.hint
