"""A widget's line to the page that is answered while a cell runs."""

from __future__ import annotations

from typing import Any

import comm
from comm.base_comm import BaseComm


class OpenLine(BaseComm):
    """A comm whose messages from the page go where the page sends them.

    Notebooks send a widget's messages to a subshell of the kernel (Jupyter Enhancement Proposal
    91), a thread that is free while a cell runs. ipykernel's own comm sends them on to the shell
    that published on it last, which for a widget is the one that is busy with `training.wait()`:
    the click on "Pause" would wait for the training's end. This comm publishes through the kernel's
    own but does not lead what comes back anywhere else.

    Args:
        target_name, data, metadata: as for any comm.
    """

    def __init__(self, target_name: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        self._publisher = comm.create_comm(target_name=target_name, primary=False)
        super().__init__(
            target_name=target_name,
            data=data,
            metadata=metadata,
            comm_id=self._publisher.comm_id,
        )

    def publish_msg(
        self,
        msg_type: str,
        data: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes] | None = None,
        **keys: Any,
    ) -> None:
        """Sends a message to the page."""
        self._publisher.publish_msg(msg_type, data, metadata, buffers, **keys)
