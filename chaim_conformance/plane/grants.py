"""Permissions to PUT one object: the presigned URLs that were handed out, and finding them again.

Each URL is signed with temporary credentials of its own, as those of a service that runs on
Lambda change under it: so two URLs for one key in one second still differ, and an upload tells
which of them it uses even when the rest of its URL was mangled.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from chaim_conformance.plane import sigv4

BUCKET = "chaim-ingest"
RESPONSE_BUCKET = "cloudformation-custom-resource-response-useast1"
OWNED = re.compile(rf"{BUCKET}/(?P<owner>t-[0-9a-f]{{12}})/")
UPLOAD_SECONDS = 300
RESPONSE_SECONDS = 7200


@dataclass(kw_only=True)
class Grant:
    """One presigned URL, and what was asked for when it was handed out.

    ``origin`` is the presign's place in the transcript (attempt, exchange), ``None`` where that
    presign stands in no attempt. ``objectionable`` says that the service would not have given it,
    ``late`` that it has expired before its time.
    """

    keys: sigv4.KeyPair
    url: str
    object_name: str
    expires_at: float
    app_id: str = ""
    event_id: str = ""
    content_hash: str = ""
    objectionable: bool = False
    origin: tuple[int, int] | None = None
    late: bool = False


class Grants:
    """Makes presigned URLs under one name, the same ones in every run."""

    def __init__(self, *, seed: int, owner: str) -> None:
        self._seed = seed
        self._owner = owner
        self._by_access_key: dict[str, Grant] = {}
        self._by_object: dict[str, Grant] = {}

    def upload(
        self,
        bucket_url: str,
        *,
        now: float,
        event_id: str,
        object_key: str,
        token: str | None = None,
        app_id: str = "",
        content_hash: str = "",
        objectionable: bool = False,
    ) -> Grant:
        """A URL for the snapshot of one event: Content-Type and host are signed."""
        name = f"{BUCKET}/{self._owner}/{event_id}/{object_key}"
        keys = self._keys(token)
        url = sigv4.presign(
            f"{bucket_url}/{escape(name)}",
            keys,
            now=now,
            expires=UPLOAD_SECONDS,
            headers={"content-type": "application/json"},
        )
        return self._remember(
            Grant(
                keys=keys,
                url=url,
                object_name=name,
                expires_at=now + UPLOAD_SECONDS,
                app_id=app_id,
                event_id=event_id,
                content_hash=content_hash,
                objectionable=objectionable,
            )
        )

    def response(self, bucket_url: str, *, now: float) -> Grant:
        """A URL for the answer to CloudFormation: only the host is signed."""
        stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/chaim-conformance"
        name = f"{RESPONSE_BUCKET}/{stack}/{self._owner}|ChaimBinding|{len(self._by_access_key)}"
        keys = self._keys(None)
        url = sigv4.presign(f"{bucket_url}/{escape(name)}", keys, now=now, expires=RESPONSE_SECONDS)
        return self._remember(
            Grant(
                keys=keys,
                url=url,
                object_name=name,
                expires_at=now + RESPONSE_SECONDS,
            )
        )

    def of_access_key(self, access_key: str) -> Grant | None:
        """The grant whose URL is signed with this key."""
        return self._by_access_key.get(access_key)

    def of_path(self, path: str) -> Grant | None:
        """The latest grant for the object that a request's path means."""
        return self._by_object.get(object_name(path))

    def of_origin(self, place: tuple[int, int] | None) -> Grant | None:
        """The grant that the presign at this place handed out."""
        if place is None:
            return None
        latest_first = reversed(self._by_access_key.values())
        return next((grant for grant in latest_first if grant.origin == place), None)

    def are_foreign_to(self, path: str) -> bool:
        """Whether a path is one of these, but under another owner's name."""
        owner = OWNED.match(object_name(path))
        return owner is not None and owner["owner"] != self._owner

    def lose_origins(self, attempt: int) -> None:
        """Forgets where the presigns of an attempt stand, its record having been dropped."""
        for grant in self._by_access_key.values():
            if grant.origin is not None and grant.origin[0] == attempt:
                grant.origin = None

    def _remember(self, grant: Grant) -> Grant:
        self._by_access_key[grant.keys.access_key] = grant
        self._by_object[grant.object_name] = grant
        return grant

    def _keys(self, token: str | None) -> sigv4.KeyPair:
        text = f"{self._seed}:{self._owner}:{len(self._by_access_key)}"
        letters = base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()
        access_key = ("AKIA" if token is None else "ASIA") + letters[:16]
        secret = hmac.digest(str(self._seed).encode(), access_key.encode(), "sha256")
        return sigv4.KeyPair(
            access_key=access_key,
            secret_key=base64.b64encode(secret).decode()[:40],
            token=token,
        )


def escape(object_name: str) -> str:
    """Bucket and key as they stand in a URL's path."""
    return quote(object_name, safe="/-_.~", errors="replace")


def object_name(path: str) -> str:
    """Bucket and key that a path as sent means; what is no UTF-8 stays visible."""
    raw = unquote_to_bytes(path.replace("+", " ").encode("latin-1", "replace"))
    return raw.decode("utf-8", "backslashreplace").lstrip("/")
