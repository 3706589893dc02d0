"""Plays a scenario against a provider and the plane and records a transcript; judges nothing."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from chaim_conformance import decoys
from chaim_conformance.cloudformation import CustomResource, read_answer
from chaim_conformance.cloudformation.resource import WITHHELD_RESPONSE_URL
from chaim_conformance.drivers.driver import Deployment, HandlerDriver
from chaim_conformance.json_form import to_json
from chaim_conformance.plane import PlaneServer, Tenant
from chaim_conformance.scenario import (
    OBSERVED,
    OBSERVED_LESS_ONE,
    Bundle,
    Operation,
    Scenario,
)
from chaim_conformance.transcript import (
    AnswerStyle,
    AttemptRecord,
    Credentials,
    LeftFile,
    Transcript,
)

# A healthy service on loopback answers within milliseconds; what takes this long hangs (seconds).
PATIENCE = 20.0
# Once a provider has hung, waiting in full again and again would tell nothing new.
PATIENCE_AFTER_A_HANG = 3.0
# One variable for each of the usual HTTP stacks: OpenSSL and Go, requests, curl, AWS SDKs, Node.
CA_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)
PATH_PREFIX = "/v1/chaim"
# Credentials are letters: a piece of one stands in no hash, id or time by chance.
LETTERS = str.maketrans("0123456789abcdef", "ghjkmnpqGHJKMNPQ")


@dataclass(kw_only=True)
class Runner:
    """Plays scenarios one at a time.

    ``answer_style`` is fixed by the preflight; ``None`` lets the handler show which one it has
    (it is given a real ResponseURL). ``names`` maps the contract's names of environment variables
    to the provider's; ``home`` is the handler's HOME, with snapshots not to be published (H01).
    """

    driver: HandlerDriver
    server: PlaneServer
    home: Path
    answer_style: AnswerStyle | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    timeout: float = PATIENCE
    attempts_made: int = 0
    _slowest: float = 0.0
    _hung: bool = False

    def play(self, scenario: Scenario) -> Transcript:
        """Delivers every attempt of every operation, in order, to a fresh tenant.

        An attempt that does not end is the last one: no later event would find a stack that waits.
        """
        digest = hashlib.sha256(json.dumps(to_json(scenario), sort_keys=True).encode()).hexdigest()
        letters = digest.translate(LETTERS)
        credentials = Credentials(api_key=f"ck-{letters[:24]}", api_secret=f"cs-{letters[24:]}")
        left: list[LeftFile] = []
        with self._tenant(scenario, credentials) as tenant:
            records = tuple(self._play(scenario, credentials, tenant, digest, left))
            style = self.answer_style or _shown_style(records)
            return Transcript(
                scenario=scenario,
                answer_style=style,
                credentials=credentials,
                attempts=records,
                ledger=tenant.ledger,
                tolerant_ledger=tenant.tolerant_ledger,
                entities=tenant.entities,
                left_behind=tuple(left),
            )

    @contextmanager
    def _tenant(self, scenario: Scenario, credentials: Credentials) -> Iterator[Tenant]:
        plane = self.server.plane
        tenant = plane.open_tenant(
            credentials=credentials,
            app_ids=frozenset(bundle.app_id for bundle in scenario.bundles),
            object_key=scenario.object_key,
            security_token=scenario.security_token,
        )
        try:
            yield tenant
        finally:
            plane.close_tenant(tenant)

    def _play(
        self,
        scenario: Scenario,
        credentials: Credentials,
        tenant: Tenant,
        digest: str,
        left: list[LeftFile],
    ) -> Iterator[AttemptRecord]:
        resource = CustomResource(digest)
        deployed: int | None = None
        observed: int | None = None
        self.driver.leftovers()  # those of the scenario before are no concern of this one
        for index, operation in enumerate(scenario.operations):
            if operation.bundle != deployed:
                left += self.driver.leftovers()
                bundle = _measured(scenario.bundles[operation.bundle], observed)
                self.driver.deploy(self._deployment(bundle, credentials))
                deployed = operation.bundle
            event = resource.event(
                operation.request_type,
                request_id=_uuid4(digest, "RequestId", index),
                fingerprint=f"{digest[:8]}-{operation.bundle}",
                response_url=self._response_url(tenant),
            )
            for record in self._deliver(index, operation, event, tenant, digest):
                resource.take(record.answer)
                observed = next((len(e.body) for e in record.uploads if e.accepted), observed)
                yield record
                if record.outcome.kind == "timed-out":
                    left += self.driver.leftovers()
                    return
        left += self.driver.leftovers()

    def _deliver(
        self,
        index: int,
        operation: Operation,
        event: dict[str, object],
        tenant: Tenant,
        digest: str,
    ) -> Iterator[AttemptRecord]:
        for number, attempt in enumerate(operation.attempts):
            # The framework invokes the handler anew for a retry; CloudFormation itself has Lambda
            # repeat the same asynchronous invocation, under the same id.
            delivery = 0 if self.answer_style == "response-url" else number
            tenant.begin_attempt(presign=attempt.presign, bucket=attempt.bucket)
            invocation = self.driver.invoke(
                event,
                request_id=_uuid4(digest, "awsRequestId", index, delivery),
                cold=attempt.start == "cold",
                timeout=self._patience(),
            )
            exchanges = tenant.end_attempt()
            self.attempts_made += 1
            outcome = invocation.outcome
            if outcome.kind == "timed-out":
                self._hung = True
            else:
                self._slowest = max(self._slowest, outcome.seconds)
            shown = any(e.endpoint == "response-url" for e in exchanges)
            style = self.answer_style or ("response-url" if shown else "provider-framework")
            yield AttemptRecord(
                operation=index,
                attempt=number,
                request_type=operation.request_type,
                start=attempt.start,
                event=event,
                outcome=outcome,
                answer=read_answer(style, event, outcome, exchanges),
                exchanges=exchanges,
                stdout=invocation.stdout,
                stderr=invocation.stderr,
            )

    def _patience(self) -> float:
        longest = min(self.timeout, PATIENCE)
        if not self._hung:
            return longest
        return min(longest, max(PATIENCE_AFTER_A_HANG, 2 * self._slowest))

    def _response_url(self, tenant: Tenant) -> str:
        if self.answer_style in ("provider-framework", "command"):
            return WITHHELD_RESPONSE_URL
        return tenant.response_url(self.server.clock())

    def _deployment(self, bundle: Bundle, credentials: Credentials) -> Deployment:
        snapshot = None if bundle.snapshot is None else bundle.snapshot.encode()
        return Deployment(snapshot=snapshot, environment=self._environment(bundle, credentials))

    def _environment(self, bundle: Bundle, credentials: Credentials) -> dict[str, str]:
        base_url = {
            "plain": self.server.api_url,
            "trailing-slash": self.server.api_url + "/",
            "path-prefix": self.server.api_url + PATH_PREFIX,
        }[bundle.base_url]
        keys = {
            "environment": (credentials.api_key, credentials.api_secret),
            "empty": ("", ""),
            "missing": (None, None),
            "no-key": (None, credentials.api_secret),
            "no-secret": (credentials.api_key, None),
            "malformed": (_broken(credentials.api_key), credentials.api_secret),
        }[bundle.credentials]
        contract = {
            "APP_ID": bundle.app_id,
            "FAILURE_MODE": bundle.failure_mode,
            "CHAIM_API_BASE_URL": base_url,
            "CHAIM_MAX_SNAPSHOT_BYTES": bundle.max_snapshot_bytes,
            "API_KEY": keys[0],
            "API_SECRET": keys[1],
        }
        own = {
            self.names.get(name, name): value
            for name, value in contract.items()
            if value is not None
        }
        around = decoys.environment(self.home)
        if self.server.ca_file is not None:
            around |= dict.fromkeys(CA_VARIABLES, str(self.server.ca_file))
        return around | own


def _measured(bundle: Bundle, observed: int | None) -> Bundle:
    """The bundle with a limit that is to be measured as a number; none where nothing was seen."""
    if bundle.max_snapshot_bytes not in (OBSERVED, OBSERVED_LESS_ONE):
        return bundle
    less = 1 if bundle.max_snapshot_bytes == OBSERVED_LESS_ONE else 0
    limit = None if observed is None else str(observed - less)
    return replace(bundle, max_snapshot_bytes=limit)


def _broken(key: str) -> str:
    """A key that was pasted with a line break; it fits no header, and no trimming mends it."""
    middle = len(key) // 2
    return f"{key[:middle]}\n{key[middle:]}"


def _shown_style(records: tuple[AttemptRecord, ...]) -> AnswerStyle:
    shown = any(e.endpoint == "response-url" for record in records for e in record.exchanges)
    return "response-url" if shown else "provider-framework"


def _uuid4(*parts: object) -> str:
    """A v4 UUID, as real RequestIds are, that depends on nothing but what it stands for."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
