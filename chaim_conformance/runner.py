"""Plays a scenario against a provider and the plane and records a transcript; judges nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chaim_conformance import decoys, secrets
from chaim_conformance.cloudformation import (
    Request,
    Stack,
    answered_without_handler,
    comes_again,
    read_answer,
)
from chaim_conformance.drivers.driver import Deployment, HandlerDriver, Invocation
from chaim_conformance.errors import ProviderNotStartable
from chaim_conformance.json_form import to_json
from chaim_conformance.plane import PlaneServer, Tenant
from chaim_conformance.play import Delivery, Play, alone, measured, uuid4
from chaim_conformance.report.redaction import Redactor, printable
from chaim_conformance.scenario import (
    Attempt,
    Bundle,
    Operation,
    Scenario,
)
from chaim_conformance.transcript import (
    Answer,
    AnswerStyle,
    AttemptRecord,
    Exchange,
    Transcript,
)
from chaim_conformance.written_environment import as_written

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
# What CloudFormation hears where the framework asks no handler.
NOTHING_TO_DO = Answer(status="SUCCESS")


@dataclass(kw_only=True)
class Runner:
    """Plays scenarios one at a time.

    ``answer_style`` is fixed by the preflight; ``None`` lets the handler show which one it has
    (a ResponseURL is in every event). ``names`` maps the contract's names of environment variables
    to the provider's; ``home`` is the handler's HOME, with snapshots not to be published (H01).
    ``timeout`` is the function's own (seconds): where an endpoint never ends its answer the handler
    has all of it, else no more than ``patience``, which it takes to see that it hangs.
    ``open_double`` makes another driver of the same handler, for events that come twice at once;
    without one they come in turn.
    """

    driver: HandlerDriver
    server: PlaneServer
    home: Path
    answer_style: AnswerStyle | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    timeout: float = PATIENCE
    patience: float = PATIENCE
    open_double: Callable[[], HandlerDriver] | None = None
    attempts_made: int = 0
    _double: HandlerDriver | None = None
    _slowest: float = 0.0
    _hung: bool = False

    def play(self, scenario: Scenario) -> Transcript:
        """Delivers every attempt of every operation, in order, to a fresh tenant.

        An attempt that does not end is the last one: no later event would find a stack that waits.
        """
        digest = hashlib.sha256(json.dumps(to_json(scenario), sort_keys=True).encode()).hexdigest()
        play = Play(scenario=scenario, digest=digest)
        with self.tenant(play) as tenant:
            return self.transcript(play, tenant, tuple(self._play(play, tenant)))

    def transcript(
        self, play: Play, tenant: Tenant, records: tuple[AttemptRecord, ...]
    ) -> Transcript:
        """What was observed so far."""
        return Transcript(
            scenario=play.scenario,
            answer_style=self.answer_style or _shown_style(records),
            credentials=play.keys,
            beside=play.beside,
            attempts=records,
            operations=tuple(play.sent),
            ledger=tenant.ledger,
            tolerant_ledger=tenant.tolerant_ledger,
            entities=tenant.entities,
            left_behind=tuple(play.left),
            names=tuple(self.names.items()),
        )

    @contextmanager
    def tenant(self, play: Play) -> Iterator[Tenant]:
        """A fresh tenant to play to; it and its secret go with the context."""
        plane, scenario = self.server.plane, play.scenario
        tenant = plane.open_tenant(
            credentials=play.keys[0],
            app_ids=frozenset(bundle.app_id for bundle in scenario.bundles),
            object_key=scenario.object_key,
            security_token=scenario.security_token,
        )
        try:
            yield tenant
        except ProviderNotStartable as error:  # which quotes what a program printed
            secret = (*play.keys, *((play.beside,) if play.beside else ()))
            values = (value for keys in secret for value in (keys.api_key, keys.api_secret))
            raise type(error)(printable(Redactor(*values)(str(error)))) from error
        finally:
            plane.close_tenant(tenant)
            if play.secret_kept:
                plane.secrets.remove(play.secret_name)

    def opened_stack(self, play: Play) -> Stack:
        """A stack with nothing in it; what the handler left before is no concern of this play."""
        self.driver.leftovers()
        return Stack(play.digest, follows="cfn" in self.driver.capabilities)

    def _play(self, play: Play, tenant: Tenant) -> Iterator[AttemptRecord]:
        stack = self.opened_stack(play)
        for operation in play.scenario.operations:
            record = None
            for record in self.operate(operation, stack, play, tenant):
                yield record
            if record is not None and record.outcome.kind == "timed-out":
                break
        play.left += self.driver.leftovers()

    def operate(
        self, operation: Operation, stack: Stack, play: Play, tenant: Tenant
    ) -> Iterator[AttemptRecord]:
        """Delivers an operation, and in a stack's life what CloudFormation sends because of it."""
        requests = stack.life(operation) if play.scenario.stack else stack.listed(operation)
        request = next(requests, None)
        while request is not None:
            answer = None
            for record in self._send(request, stack, play, tenant):
                answer = record.answer
                yield record
                if record.outcome.kind == "timed-out":
                    return
            try:
                request = requests.send(answer or NOTHING_TO_DO)
            except StopIteration:
                return

    def _send(
        self, request: Request, stack: Stack, play: Play, tenant: Tenant
    ) -> Iterator[AttemptRecord]:
        """Deploys what the function holds then, and delivers the request's attempts."""
        operation, index = request.operation, len(play.sent)
        event = stack.event(
            request,
            request_id=uuid4(play.digest, "RequestId", index),
            response_url=tenant.response_url(self.server.clock()),
        )
        if self.answer_style and answered_without_handler(self.answer_style, event):
            return
        play.sent.append(operation)
        if operation.rotates:
            play.rotations += 1
            self.server.plane.rotate(tenant, play.current)
            if play.secret_kept:
                self._keep_secret(play)
        if operation.bundle != play.deployed:
            play.left += self.driver.leftovers()
            bundle = measured(play.scenario.bundles[operation.bundle], play.observed)
            play.deployed = operation.bundle
            play.deployment = self.deployment(bundle, play)
            self.driver.deploy(play.deployment)
        for record in self._deliver(index, operation, event, tenant, play):
            accepted = (len(e.body) for e in record.uploads if e.accepted)
            play.observed = next(accepted, play.observed)
            yield record

    def _deliver(
        self,
        index: int,
        operation: Operation,
        event: dict[str, Any],
        tenant: Tenant,
        play: Play,
    ) -> Iterator[AttemptRecord]:
        waiting = [
            self._delivery(index, number, attempt, event, play)
            for number, attempt in enumerate(operation.attempts)
        ]
        while waiting:
            one = waiting.pop(0)
            if waiting and waiting[0].attempt.start == "beside" and self.open_double is not None:
                yield from self._at_once(one, waiting.pop(0), tenant, play)
                continue
            self._begin(alone(one), tenant)
            invocation = self._invoke(self.driver, one)
            record = self._recorded(one, invocation, tenant.end_attempt())
            yield record
            if not waiting and play.scenario.stack and self._comes_again(record):
                waiting.append(self._delivery(index, one.number + 1, one.attempt, event, play))
                operation = replace(operation, attempts=(*operation.attempts, one.attempt))
                play.sent[index] = operation

    def _comes_again(self, record: AttemptRecord) -> bool:
        style = self.answer_style
        return style is not None and comes_again(style, record.outcome, record.attempt + 1)

    def _delivery(
        self, index: int, number: int, attempt: Attempt, event: dict[str, Any], play: Play
    ) -> Delivery:
        bundle = play.scenario.bundles[play.sent[index].bundle]
        # The framework invokes the handler anew for a retry; CloudFormation itself has Lambda
        # repeat the same asynchronous invocation, under the same id.
        invocation = 0 if self.answer_style == "response-url" else number
        return Delivery(
            operation=index,
            number=number,
            attempt=attempt,
            event=event,
            request_id=uuid4(play.digest, "awsRequestId", index, invocation),
            secrets=(secrets.DENIED,) if bundle.credentials == "secret-denied" else attempt.secrets,
        )

    def _at_once(
        self, first: Delivery, second: Delivery, tenant: Tenant, play: Play
    ) -> Iterator[AttemptRecord]:
        """Delivers one while the other waits for presign's answer."""
        double = self._double = self._double or self._opened_double()
        assert play.deployment is not None
        double.deploy(play.deployment)
        self._begin(first, tenant)
        with ThreadPoolExecutor(max_workers=1) as pool:
            under_way = pool.submit(self._invoke, self.driver, first)
            aside = None
            try:
                while not under_way.done() and not tenant.waiting.wait(0.005):
                    pass  # it has not come as far as presign, and perhaps never will
                aside = tenant.set_aside()
                self._begin(alone(second), tenant)
                invocation = self._invoke(double, second)
                exchanges = tenant.end_attempt()
            finally:  # also where it is interrupted: the pool waits for the one that waits
                tenant.take_up(aside or tenant.set_aside())
            record = self._recorded(first, under_way.result(), tenant.end_attempt())
        play.left += double.leftovers()
        yield record
        yield self._recorded(second, invocation, exchanges)

    def _opened_double(self) -> HandlerDriver:
        assert self.open_double is not None
        return self.open_double()

    @staticmethod
    def _begin(delivery: Delivery, tenant: Tenant) -> None:
        attempt = delivery.attempt
        tenant.begin_attempt(
            presign=attempt.presign, bucket=attempt.bucket, secrets=delivery.secrets
        )

    def _invoke(self, driver: HandlerDriver, delivery: Delivery) -> Invocation:
        attempt = delivery.attempt
        return driver.invoke(
            delivery.event,
            request_id=delivery.request_id,
            cold=attempt.start != "warm",
            timeout=self.timeout if attempt.waits else self._patience(),
        )

    def _recorded(
        self, delivery: Delivery, invocation: Invocation, exchanges: tuple[Exchange, ...]
    ) -> AttemptRecord:
        self.attempts_made += 1
        outcome, attempt = invocation.outcome, delivery.attempt
        if attempt.waits:
            pass  # what it took was its own to decide
        elif outcome.kind == "timed-out":
            self._hung = True
        else:
            self._slowest = max(self._slowest, outcome.seconds)
        shown = any(e.endpoint == "response-url" for e in exchanges)
        style = self.answer_style or ("response-url" if shown else "provider-framework")
        return AttemptRecord(
            operation=delivery.operation,
            attempt=delivery.number,
            request_type=delivery.event["RequestType"],
            start=attempt.start,
            event=delivery.event,
            outcome=outcome,
            answer=read_answer(style, delivery.event, outcome, exchanges),
            exchanges=exchanges,
            stdout=invocation.stdout,
            stderr=invocation.stderr,
        )

    def _patience(self) -> float:
        longest = min(self.timeout, self.patience)
        if not self._hung:
            return longest
        return min(longest, max(PATIENCE_AFTER_A_HANG, 2 * self._slowest))

    def deployment(self, bundle: Bundle, play: Play) -> Deployment:
        """The bundle made concrete, with the credentials and the secret of this play."""
        text = bundle.text
        return Deployment(
            snapshot=None if text is None else text.encode(),
            environment=self._environment(bundle, play),
            alone=bundle.names_a_secret,
        )

    def _keep_secret(self, play: Play) -> str:
        """Gives the deployment's secret its text, where it has one; returns how it is named."""
        assert play.deployed is not None
        kind = play.scenario.bundles[play.deployed].credentials
        text = secrets.secret_text(kind, play.current)
        if text is None:
            return play.secret_name + "-of-yesterday"
        arn = self.server.plane.secrets.keep(play.secret_name, text)
        play.secret_kept = True
        return arn if kind == "secret-arn" else play.secret_name

    def _environment(self, bundle: Bundle, play: Play) -> dict[str, str]:
        keys = secrets.in_environment(bundle.credentials, play.current, play.beside)
        contract = {
            "APP_ID": bundle.app_id,
            "FAILURE_MODE": bundle.failure_mode,
            "CHAIM_API_BASE_URL": self._base_url(bundle),
            "CHAIM_MAX_SNAPSHOT_BYTES": bundle.max_snapshot_bytes,
            "API_KEY": keys[0],
            "API_SECRET": keys[1],
            "SECRET_NAME": self._keep_secret(play) if bundle.names_a_secret else None,
        }
        own = {
            self.names.get(name, name): value
            for name, value in contract.items()
            if value is not None
        }
        if bundle.variables is not None:
            own = as_written(bundle, contract, names=self.names)
        around = decoys.environment(self.home)
        is_https = self.server.scheme == "https" or bundle.base_url in ("https", "untrusted")
        if is_https or self.server.answer_port is not None:
            around |= dict.fromkeys(CA_VARIABLES, str(self.server.authority()))
        if bundle.names_a_secret:
            around |= secrets.ENVIRONMENT
            around["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = self.server.url("secrets", "none")
        return around | own

    def _base_url(self, bundle: Bundle) -> str:
        match bundle.base_url:
            case "plain":
                return self.server.api_url
            case "trailing-slash":
                return self.server.api_url + "/"
            case "path-prefix":
                return self.server.api_url + PATH_PREFIX
            case "https":
                return self.server.url("api", "trusted")
            case "untrusted":
                return self.server.url("api", "untrusted")


def _shown_style(records: tuple[AttemptRecord, ...]) -> AnswerStyle:
    shown = any(e.endpoint == "response-url" for record in records for e in record.exchanges)
    return "response-url" if shown else "provider-framework"
