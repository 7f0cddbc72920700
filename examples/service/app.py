"""The refund desk as a service: `uvicorn app:app`. See README.md."""

import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import agent
import guarding
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from openai import AsyncOpenAI
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from policykit import PolicykitError, PolicyViolation


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the guard before the first request, close it after the last; refuse to start where it has gaps."""
    async with AsyncOpenAI() as provider:  # OPENAI_BASE_URL, OPENAI_API_KEY
        with guarding.opened(Path(os.environ["SERVICE_STATE"])) as guard:
            app.state.guard = guard
            app.state.client = guard.wrap(provider)
            app.state.tools = agent.tools(guard)
            guard.start()
            yield


class GuardContext:
    """Tells the guard on whose behalf a request is. The headers stand for what your authentication has verified."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request inside of the guard's context."""
        if scope["type"] != "http" or scope["path"] == "/health":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        user, team = headers.get("x-user"), headers.get("x-team")
        if not user or not team:
            await JSONResponse({"error": {"type": "not_authenticated"}}, 401)(scope, receive, send)
            return
        with scope["app"].state.guard.context(principal=user, team=team, session=uuid.uuid4().hex):
            await self.app(scope, receive, send)


app = FastAPI(title="Refund desk", lifespan=lifespan)
app.add_middleware(GuardContext)


class Ask(BaseModel):
    """What is asked."""

    text: str
    model: str = "gpt-5-mini"


@app.post("/chat")
async def chat(request: Request, ask: Ask) -> dict[str, str]:
    """Answer at once."""
    answer = await request.app.state.client.chat.completions.create(model=ask.model, messages=_messages(ask))
    return {"text": answer.choices[0].message.content or ""}


@app.post("/chat/stream")
async def stream(request: Request, ask: Ask) -> StreamingResponse:
    """Answer as server-sent events: `data: {"text": ...}`, and at the end `event: done` or `event: refused`."""
    chunks = await request.app.state.client.chat.completions.create(
        model=ask.model, messages=_messages(ask), stream=True
    )  # refused here, nothing was sent yet, and the answer is a 403
    return StreamingResponse(_events(chunks), media_type="text/event-stream")


@app.post("/agent")
async def run_agent(request: Request, ask: Ask) -> dict[str, str]:
    """Let the agent work. A tool that a person must agree to waits for the person."""
    state = request.app.state
    return {"text": await agent.run(state.client, state.tools, ask.model, ask.text)}


@app.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Say what is enforced, and where."""
    guard = request.app.state.guard
    covered = guard.coverage
    return {
        "policy": {"name": guard.policy.name, "version": guard.policy.version, "digest": guard.policy.digest},
        "guarded": covered.functions,
        "acting": covered.acting,
        "idle": covered.idle,
        "missing": covered.missing,
    }


@app.exception_handler(PolicykitError)
async def refused(_: Request, error: PolicykitError) -> JSONResponse:
    """Answer 403 to a call that the rules refuse, 503 where the guard cannot decide or all calls are stopped."""
    status, body = _told(error)
    return JSONResponse(body, status)


def _told(error: PolicykitError) -> tuple[int, dict[str, Any]]:
    """Return what the caller is told: the decision to ask about, and no internals."""
    if not isinstance(error, PolicyViolation):
        return 503, {"error": {"type": "guard_unavailable"}}
    if error.reason.startswith("error:"):
        return 503, {"error": {"type": "guard_unavailable", "decision": error.decision_id}}
    status = 503 if error.reason in {"stop", "kill-switch"} else 403
    said = {"decision": error.decision_id, "clauses": error.clauses, "message": str(error)}
    return status, {"error": {"type": "policy_violation", **said}}


async def _events(chunks: Any) -> AsyncIterator[str]:
    """Pass on what was checked. When the caller goes away, the stream is closed, and with it the call."""
    try:
        async with chunks:
            async for chunk in chunks:
                for choice in chunk.choices:
                    if choice.delta.content:
                        yield f"data: {json.dumps({'text': choice.delta.content})}\n\n"
        yield "event: done\ndata: {}\n\n"
    except PolicykitError as error:
        yield f"event: refused\ndata: {json.dumps(_told(error)[1])}\n\n"


def _messages(ask: Ask) -> list[dict[str, str]]:
    return [{"role": "user", "content": ask.text}]
