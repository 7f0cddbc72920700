"""An agent with two tools. Its model calls go through the guarded client, its tools are guarded functions."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from policykit.guard import Argument, Guard

Tool = Callable[..., Awaitable[str]]
MAX_STEPS = 8
INVOICES = {"R-17": "R-17: 80.00 EUR, paid", "R-18": "R-18: 480.00 EUR, paid", "R-19": "R-19: 4800.00 EUR, paid"}


def tools(guard: Guard) -> dict[str, Tool]:
    """Return the tools by name, guarded. What a rule needs and a tool does not supply is an error here."""

    @guard.tool("look_up", {"call.text": "invoice"}, unknown=["tool.amount"])
    async def look_up(invoice: str) -> str:
        return INVOICES.get(invoice, "there is no such invoice")

    @guard.tool(
        "refund", {"call.text": "invoice", "tool.amount": Argument("amount", read=lambda amount: f"{amount} EUR")}
    )
    async def refund(invoice: str, amount: str) -> str:
        return f"{amount} EUR for {invoice} were paid back"

    return {"look_up": look_up, "refund": refund}


async def run(client: Any, available: dict[str, Tool], model: str, text: str) -> str:
    """Return the agent's answer. A refused call, of the model or of a tool, ends it with `PolicyViolation`."""
    messages: list[Any] = [{"role": "user", "content": text}]
    for _ in range(MAX_STEPS):
        answer = await client.chat.completions.create(model=model, messages=messages, tools=SCHEMAS)
        message = answer.choices[0].message
        if not message.tool_calls:
            return message.content or ""
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls:
            result = await _called(available, call.function.name, call.function.arguments)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    return "I could not finish this."


async def _called(available: dict[str, Tool], name: str, arguments: str) -> str:
    """Return what a tool gives; what the model got wrong is told to the model."""
    schema = next((each["function"] for each in SCHEMAS if each["function"]["name"] == name), None)
    if schema is None:
        return f"there is no tool {name}"
    try:
        given = json.loads(arguments)
    except ValueError:
        return "the arguments are no JSON"
    if not isinstance(given, dict) or given.keys() != set(schema["parameters"]["required"]):
        return "the arguments do not fit"
    return await available[name](**given)


def _schema(name: str, description: str, **parameters: str) -> dict[str, Any]:
    properties = {each: {"type": "string", "description": meaning} for each, meaning in parameters.items()}
    shape = {"type": "object", "properties": properties, "required": list(parameters), "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": shape}}


SCHEMAS = [
    _schema("look_up", "Shows an invoice.", invoice="number of the invoice"),
    _schema("refund", "Pays money back.", invoice="number of the invoice", amount="in euros, such as 80.00"),
]
