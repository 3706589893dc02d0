"""What is known of an Output now: its value, or nothing, and never a text that stands for it.

``str(output)``, and so ``f"{output}"``, is a lecture on outputs, which may not get into a path, an
id or a snapshot (B03, B25). An Output that a preview does not know yet is ``None`` here.
"""

from typing import Any

import pulumi


async def known(value: Any) -> Any:
    """The value of an input or output; ``None`` where it is not known before the update."""
    output = pulumi.Output.from_input(value)
    return await output.future() if await output.is_known() else None
