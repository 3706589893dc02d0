"""What ``pulumi up`` runs."""

from kefir.program import declare

declare()
