from __future__ import annotations

import sys
from pathlib import Path

# The reference provider is a distribution of its own, which these tests use from the checkout.
sys.path.insert(0, str(Path(__file__).parents[2] / "reference_impl"))
