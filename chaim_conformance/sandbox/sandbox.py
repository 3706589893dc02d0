"""The sandbox itself: a plane with one customer, everything that reached it, in order."""

from __future__ import annotations

import hashlib
import queue
import socket
import uuid
from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import Literal, Self

from chaim_conformance.cloudformation.stack import Request, Stack
from chaim_conformance.drivers.lambda_environment import SDK_ENVIRONMENT
from chaim_conformance.plane import Plane, PlaneServer, Policy
from chaim_conformance.plane.server import BACKLOG, HOST
from chaim_conformance.sandbox.hints import hints
from chaim_conformance.sandbox.seen import Seen
from chaim_conformance.scenario import Fault, Operation, RequestType
from chaim_conformance.secrets import secret_text
from chaim_conformance.transcript import Credentials, Exchange

APP_ID = "sandbox-app"
SECRET_NAME = "chaim-sandbox"
# The programs that a handler may be written for, and what tells each of a certificate authority.
CA_VARIABLES = (
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)


class Sandbox:
    """Serves until it is closed; a context manager.

    ``port`` is that of the API on ``host``, 0 any free one; the credentials of a port are always
    the same, so that what was exported once holds when the sandbox is started again. Any appId is
    good. ``faults`` are scripts by endpoint (``presign``, ``bucket``, ``secrets``): one step for
    each request, the last one repeats.

    ``news`` is a queue of all that comes. Starting raises :class:`HarnessError` where the port
    cannot be had.
    """

    def __init__(
        self,
        *,
        host: str = HOST,
        port: int = 0,
        scheme: Literal["http", "https"] = "http",
        policy: Policy = Policy.STRICT,
        faults: Mapping[str, tuple[Fault, ...]] | None = None,
    ) -> None:
        self.host = host
        self.policy = policy
        self.news: queue.SimpleQueue[Seen] = queue.SimpleQueue()
        self.server = PlaneServer(
            Plane(), scheme=scheme, host=host, port=port, listen=partial(_listen, host)
        )
        self.started_at = self.server.clock()
        self.resets = 0
        self._seen: list[Seen] = []
        self._entered = (0, 0)
        self._start(dict(faults or {}))

    def _start(self, faults: dict[str, tuple[Fault, ...]]) -> None:
        self.server.start()
        try:
            plane = self.server.plane
            digest = hashlib.sha256(f"sandbox {plane.api_url}".encode()).hexdigest()
            keys = Credentials(api_key=f"ck-{digest[:24]}", api_secret=f"cs-{digest[24:]}")
            self.tenant = plane.open_tenant(credentials=keys, app_ids=None, policy=self.policy)
            self.secrets_url = self.server.url("secrets", "none")
            plane.secrets.keep(SECRET_NAME, secret_text("secret-name", keys) or "")
            self.tenant.tell(self._hear)
            self.misbehave(faults)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes every port and connection; more than once does no harm."""
        self.server.close()

    @property
    def environment(self) -> dict[str, str]:
        """What a handler needs to reach it, by the contract's names."""
        keys = self.tenant.credentials
        return {
            "CHAIM_API_BASE_URL": self.server.api_url,
            "API_KEY": keys.api_key,
            "API_SECRET": keys.api_secret,
            "APP_ID": APP_ID,
        }

    @property
    def certificates(self) -> dict[str, str]:
        """What makes clients trust it; empty where it speaks http."""
        if self.server.scheme == "http":
            return {}
        return dict.fromkeys(CA_VARIABLES, str(self.server.authority()))

    @property
    def secrets_environment(self) -> dict[str, str]:
        """What a handler needs that reads its credentials from Secrets Manager."""
        # boto3 heeds AWS_DEFAULT_REGION, the JavaScript SDK AWS_REGION.
        names = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        return {
            "SECRET_NAME": SECRET_NAME,
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.secrets_url,
            **{name: SDK_ENVIRONMENT[name] for name in names},
        }

    def seen(self, after: int = 0) -> tuple[Seen, ...]:
        """All that came since it was reset, but for the first ``after``."""
        with self.tenant.at_once():
            return tuple(self._seen[after:])

    def misbehave(self, faults: Mapping[str, tuple[Fault, ...]]) -> None:
        """Scripts these endpoints anew; those that are not named go on as they are."""
        self.tenant.script(**faults)

    def faults(self) -> dict[str, tuple[tuple[Fault, ...], Fault | None]]:
        """The script of each endpoint, and the step that the next request uses (None: healthy)."""
        tenant = self.tenant
        scripts = {
            "presign": tenant.presign_script,
            "bucket": tenant.bucket_script,
            "secrets": tenant.secrets_script,
        }
        return {name: (script.steps, script.peek()) for name, script in scripts.items()}

    def reset(self) -> None:
        """Forgets all that came and was stored; each script begins again at its first step."""
        with self.tenant.at_once():
            scripts = {name: steps for name, (steps, _) in self.faults().items()}
            self.tenant.forget()
            self.misbehave(scripts)
            self._seen.clear()
            self._entered = (0, 0)
            self.resets += 1

    def event(self, request_type: RequestType, physical_id: str = "") -> dict[str, object]:
        """An event as CloudFormation sends it, whose ``ResponseURL`` is one of this bucket's."""
        stack = Stack("sandbox")
        (request,) = [next(stack.listed(Operation(request_type=request_type)))]
        return stack.event(
            Request(operation=request.operation, physical_id=physical_id or request.physical_id),
            request_id=str(uuid.uuid4()),
            response_url=self.tenant.response_url(self.server.clock()),
        )

    def _hear(self, exchange: Exchange) -> None:
        """Takes in what came. The plane holds still meanwhile."""
        tenant = self.tenant
        strict, lenient = self._entered
        ledger, tolerant_ledger = tenant.ledger[strict:], tenant.tolerant_ledger[lenient:]
        self._entered = strict + len(ledger), lenient + len(tolerant_ledger)
        seen = Seen(
            number=len(self._seen) + 1,
            exchange=exchange,
            presign=None if exchange.upload_of is None else exchange.upload_of[1] + 1,
            ledger=ledger,
            tolerant_ledger=tolerant_ledger,
        )
        self._seen.append(seen)
        self.news.put(seen)

    def hints(self, seen: Seen) -> tuple[str, ...]:
        """What may be the cause of what the service objects to, where that is certain."""
        presign = None
        if seen.presign is not None:
            with self.tenant.at_once():
                # It is gone if there was a reset in between.
                presign = next((s for s in self._seen if s.number == seen.presign), None)
        return hints(seen, None if presign is None else presign.exchange, self.tenant.credentials)


def _listen(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port), backlog=BACKLOG)
