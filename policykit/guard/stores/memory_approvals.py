"""Approvals in memory: for one process, lost with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from policykit.guard.stores.full import full
from policykit.guard.stores.protocol import Answer, Approval, ApprovalRequest, ApprovalState

MAX_KEPT = 100_000
"""Requests that are kept; the oldest that are decided go first."""


class MemoryApprovals:
    """An `ApprovalStore` in memory."""

    blocking = False

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._approvals: dict[str, Approval] = {}

    def ask(self, request: ApprovalRequest, now_ns: int, taken: Collection[str] = ()) -> Approval:
        """Return the approval with this digest that is open or granted, else open a new one."""
        with self._mutex:
            for found in self._approvals.values():
                current = _at(found, now_ns)
                is_ours = current.request.digest == request.digest and current.request.id not in taken
                if is_ours and current.state in _USABLE:
                    return current
            self._make_room(now_ns)
            opened = self._approvals[request.id] = Approval(request, ApprovalState.PENDING)
            return opened

    def get(self, request_id: str, now_ns: int) -> Approval | None:
        """Return an approval as it stands now."""
        found = self._approvals.get(request_id)
        return None if found is None else _at(found, now_ns)

    def answer(
        self, request_id: str, answer: Answer, now_ns: int, recorded: Callable[[Approval], None] | None = None
    ) -> Approval:
        """Keep an answer."""
        from policykit.guard.stores.admission import check_answer  # not needed before somebody answers

        with self._mutex:
            found = self._approvals.get(request_id)
            current = check_answer(None if found is None else _at(found, now_ns), request_id, answer)
            state = ApprovalState.GRANTED if answer.granted else ApprovalState.DENIED
            kept = Approval(current.request, state, answer, now_ns)
            if recorded is not None:
                recorded(kept)
            self._approvals[request_id] = kept
            return kept

    def use(self, request_id: str, digest: str, now_ns: int) -> bool:
        """Use a granted approval up; False unless it is granted, in time, unused, and for this very digest."""
        with self._mutex:
            found = self._approvals.get(request_id)
            current = None if found is None else _at(found, now_ns)
            if current is None or current.state is not ApprovalState.GRANTED or current.request.digest != digest:
                return False
            self._approvals[request_id] = replace(current, state=ApprovalState.USED)
            return True

    def pending(self, now_ns: int) -> Sequence[ApprovalRequest]:
        """Return what waits for an answer, the oldest first."""
        with self._mutex:
            found = [_at(approval, now_ns) for approval in self._approvals.values()]
        return [each.request for each in found if each.state is ApprovalState.PENDING]

    def _make_room(self, now_ns: int) -> None:
        if len(self._approvals) < MAX_KEPT:
            return
        done = [key for key, each in self._approvals.items() if _at(each, now_ns).state not in _USABLE]
        for key in done[: MAX_KEPT // 10]:
            del self._approvals[key]
        if len(self._approvals) >= MAX_KEPT:
            raise full(f"more than {MAX_KEPT:,} approvals wait")


_USABLE = (ApprovalState.PENDING, ApprovalState.GRANTED)


def _at(approval: Approval, now_ns: int) -> Approval:
    """Return an approval as it stands at a time: an answer that was not used in time has expired too."""
    if approval.state in _USABLE and now_ns >= approval.request.expires_ns:
        return replace(approval, state=ApprovalState.EXPIRED)
    return approval
