"""A guarded client of MCP. What is neither guarded nor free of text is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from policykit.errors import GuardError, PolicyViolation, UnguardedError
from policykit.guard.adapters._client import GuardedPart
from policykit.guard.adapters._mcp_binding import Failed, McpBinding, sendable
from policykit.guard.calls import guarded
from policykit.guard.carried import carrying
from policykit.guard.drivers import run_async
from policykit.guard.overheard import OverheardText
from policykit.guard.wrap import GUARDED_BY
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.guard.in_progress import Given

if TYPE_CHECKING:
    from policykit.guard.adapters._mcp_tools import Tools
    from policykit.guard.steps import Flow

_TEXTLESS = frozenset(
    {
        "listen",
        "protocol_version",
        "send_ping",
        "send_roots_list_changed",
        "server_capabilities",
        "set_logging_level",
        "subscribe_resource",
        "unsubscribe_resource",
    }
)
"""What a client can do without telling the server, or the model, a text."""
_UNFINISHED = ("allow_input_required", "allow_claimed")
"""Options that give the caller something else than a result; a `Client` sees to both itself."""
_GUARDED = (
    "call_tool",
    "get_prompt",
    "initialize",
    "instructions",
    "list_prompts",
    "list_resource_templates",
    "list_resources",
    "list_tools",
    "read_resource",
)


class GuardedMcpClient(GuardedPart):
    """A `Client` or a `ClientSession`."""

    def __init__(self, client: Any, tools: Tools) -> None:
        """Take the client and its tools.

        Raises:
            GuardError: the sampling callback is not guarded.
        """
        super().__init__("client", client, dict.fromkeys(_GUARDED))
        self._tools = tools
        self._instructions: str | None = None
        self._is_introduced = False
        self._check_sampling()

    def __getattr__(self, name: str) -> Any:
        if name in _TEXTLESS:
            return getattr(self._part, name)
        if name == "instructions":  # Python asks here again when the property has raised an `AttributeError`
            raise _unheard()
        return super().__getattr__(name)

    async def __aenter__(self) -> Self:
        self._check_sampling()
        await self._part.__aenter__()
        if not hasattr(self._part, "initialize"):  # a session is initialised by its user, a `Client` is by now
            try:
                await self._introduced(self._part.instructions, None)
            except BaseException:
                await self._part.__aexit__(None, None, None)  # given the error, the library would wrap it in a group
                raise
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._part.__aexit__(*exception)

    # --- calls --------------------------------------------------------------------------------------------------------

    @carrying
    async def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        read_timeout_seconds: float | None = None,
        progress_callback: Any = None,
        **options: Any,
    ) -> Any:
        """Call a tool, as the client's own method does.

        Raises:
            PolicyViolation: the call or its result is refused, or the policy does not know the tool.
        """
        call = self._finished(options)
        call.update(read_timeout_seconds=read_timeout_seconds, progress_callback=progress_callback)
        return await self._called(name, "function", self._part.call_tool, {"name": name, **call}, arguments)

    @carrying
    async def read_resource(self, uri: str, **options: Any) -> Any:
        """Read a resource, as a call of the tool `read_resource`."""
        call = {"uri": str(uri), **self._finished(options)}
        return await self._called("read_resource", "resource", self._part.read_resource, call)

    @carrying
    async def get_prompt(self, name: str, arguments: Mapping[str, str] | None = None, **options: Any) -> Any:
        """Get a prompt, as a call of the tool `get_prompt`."""
        call = {"name": name, **self._finished(options)}
        return await self._called("get_prompt", "prompt", self._part.get_prompt, call, arguments)

    async def _called(
        self,
        tool: str,
        kind: str,
        method: Callable[..., Any],
        call: dict[str, Any],
        arguments: Mapping[str, Any] | None = None,
    ) -> Any:
        if not self._tools.may_be_called(tool):
            await self._refused(tool, (McpBinding(method, kind, {}), (), {**call, "arguments": arguments}))
        sent = {"arguments": arguments, "meta": call.get("meta")}
        call.update({name: sendable(value) for name, value in sent.items() if value is not None})
        value = await run_async(guarded(self._tools.bound(tool, kind, _listening(method)), (), call))
        if isinstance(value, Failed):
            raise value.error
        return _in_form(value, kind, call) if isinstance(value, str) else value

    def _finished(self, options: dict[str, Any]) -> dict[str, Any]:
        for name in _UNFINISHED:
            if options.get(name):
                problem = f"`{name}` gives what is not checked"
                raise GuardError([Diagnostic("PK357", problem, help="wrap a `Client`, which answers by itself")])
        return {name: copy.deepcopy(each) if name == "input_responses" else each for name, each in options.items()}

    async def _refused(self, tool: str, asked: Given | None = None) -> None:
        """Refuse what the policy does not know, on record; a call with the digest of what was asked for."""
        message = f"the policy has no tool `{tool:.200}`"
        refused = OverheardText(self._tools.outsider(tool))
        if asked is not None:
            refused.take(*asked)
        await run_async(refused.refused("undeclared-tool", message))

    # --- what the server offers ---------------------------------------------------------------------------------------

    @carrying
    async def list_tools(self, **options: Any) -> Any:
        """List the tools that may be called; what the server says of them is checked.

        Raises:
            PolicyViolation: it may not be handed out.
        """
        found = await self._part.list_tools(**options)
        offered = [tool for tool in found.tools if self._tools.may_be_called(tool.name)]
        return await self._overheard("list_tools", found.model_copy(update={"tools": offered}))

    @carrying
    async def list_resources(self, **options: Any) -> Any:
        """List resources, where `read_resource` may be called."""
        return await self._listed("read_resource", "list_resources", options)

    @carrying
    async def list_resource_templates(self, **options: Any) -> Any:
        """List templates of resources, where `read_resource` may be called."""
        return await self._listed("read_resource", "list_resource_templates", options)

    @carrying
    async def list_prompts(self, **options: Any) -> Any:
        """List prompts, where `get_prompt` may be called."""
        return await self._listed("get_prompt", "list_prompts", options)

    @carrying
    async def initialize(self) -> Any:
        """Do the handshake of a session; the server's instructions are checked."""
        found = await self._part.initialize()
        server = await self._introduced(found.instructions, found.server_info)
        return found.model_copy(update={"instructions": self._instructions, "server_info": server, "meta": None})

    @property
    def instructions(self) -> str | None:
        """Return the server's instructions, as they may be handed out.

        Raises:
            GuardError: the handshake was over when the client was wrapped, so that they were not checked.
        """
        if not self._is_introduced:
            raise _unheard()
        return self._instructions

    async def _introduced(self, instructions: str | None, server: Any) -> Any:
        """Keep the instructions as they may be handed out; return what the server says that it is, likewise."""
        if instructions is not None or server is not None:
            said = [instructions, server]
            instructions, server = await self._overheard("instructions", said)
        self._instructions, self._is_introduced = instructions, True
        return server

    async def _listed(self, tool: str, name: str, options: dict[str, Any]) -> Any:
        if not self._tools.may_be_called(tool):
            await self._refused(tool)
        return await self._overheard(name, await getattr(self._part, name)(**options))

    async def _overheard(self, name: str, value: Any) -> Any:
        """Return what a server said without a tool being called, as it may be handed out: output of a tool `name`."""
        return await run_async(_overheard(OverheardText(self._tools.overhearing(name)), value))

    # --- sampling -----------------------------------------------------------------------------------------------------

    def _check_sampling(self) -> None:
        """Refuse a client that lets its server use a model past the rules.

        Raises:
            GuardError: its sampling callback is not guarded by this guard.
        """
        missing = object()
        callback = getattr(self._part, "sampling_callback", getattr(self._part, "_sampling_callback", missing))
        if callback is None or str(getattr(callback, "__module__", "")).partition(".")[0] == "mcp":
            return  # the library's own, which declines
        if getattr(callback, GUARDED_BY, None) is not self._tools.guard.core:
            problem = "the server may ask for the client's model, past the rules: its sampling callback is not guarded"
            raise GuardError([Diagnostic("PK363", problem, help="put `@guard.call(...)` on the callback")])


def _unheard() -> UnguardedError:
    problem = "the instructions of the server were not checked"
    return UnguardedError([Diagnostic("PK377", problem, help="wrap the client before it connects")])


def _listening(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method whose errors are a result: they carry what the server said."""

    async def listening(**call: Any) -> Any:
        try:
            return await method(**call)
        except Exception as error:  # raised again when its text was checked
            refusal = _refusal(error)
            if refusal is not None:
                raise refusal from error
            return Failed(error)

    return listening


def _refusal(error: BaseException) -> PolicyViolation | None:
    """Return the refusal of a callback's call, which the library may raise in a group of errors."""
    if isinstance(error, BaseExceptionGroup):
        return next((found for each in error.exceptions if (found := _refusal(each)) is not None), None)
    return error if isinstance(error, PolicyViolation) else None


def _overheard(call: OverheardText, value: Any) -> Flow[Any]:
    binding = McpBinding(_overheard, "server", {})
    texts = binding.read_result(value, call.facts)
    call.facts["tool.kind"] = "server"
    admission = yield from call.decided(texts)
    return value if admission.texts is None else binding.write_result(value, admission.texts)


def _in_form(text: str, kind: str, call: Mapping[str, Any]) -> Any:
    """Return the text of a fallback as the library gives it."""
    import mcp_types as types

    if kind == "resource":
        return types.ReadResourceResult(contents=[types.TextResourceContents(uri=call["uri"], text=text)])
    content = types.TextContent(text=text)
    if kind == "prompt":
        return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=content)])
    return types.CallToolResult(content=[content])
