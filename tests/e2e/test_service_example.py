"""The service of `examples/service` as its users run it: a process of its own, a provider that speaks the wire format."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from policykit.guard import Answer, Stores
from tests.unit.guard.provider_server import Reply, chunk, chunks, completion, serving

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "service"
CARD = "4111 1111 1111 1111"
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
WHO = {"x-user": "ann", "x-team": "claims"}


class Service:
    """A running service."""

    def __init__(self, url, state):
        self.http = httpx2.Client(base_url=url, headers=WHO, timeout=600)
        self.state = state

    def post(self, path, text="hello", **more):
        return self.http.post(path, json={"text": text, **more})

    def waiting(self):
        """Return the approval that a call waits for, as another process sees it."""
        store = Stores.sqlite(self.state / "guard.db").approvals
        for _ in range(24_000):
            if found := store.pending(time.time_ns()):
                return store, found[0]
            time.sleep(0.025)
        raise AssertionError("nobody was asked")

    def answer(self, *, granted):
        store, request = self.waiting()
        store.answer(request.id, Answer("Cleo", "claims_duty", granted=granted), time.time_ns())


def prepared(folder):
    """Return a state folder with a key, as the README says."""
    state = folder / "state"
    state.mkdir()
    policykit("keys", "generate", "example.com/refund-desk", "--output", str(state / "trail.pem"), state=state)
    return state


@pytest.fixture
def state(tmp_path):
    return prepared(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A service for all tests that leave no trace in it."""
    state = prepared(tmp_path_factory.mktemp("shared"))
    with serving(completion()) as provider, running(state, provider) as service:
        yield service, provider


@pytest.fixture
def service(shared):
    return shared[0]


@pytest.fixture
def provider(shared):
    """The provider of that service, with nothing asked of it yet."""
    shared[1].replies[:] = [completion()]
    shared[1].requests.clear()
    return shared[1]


def policykit(*arguments, state):
    return subprocess.run(
        [sys.executable, "-m", "policykit", *arguments],
        env=environment(state),
        capture_output=True,
        text=True,
        check=True,
    )


def environment(state):
    return {**os.environ, "XDG_STATE_HOME": str(state.parent / "heads"), "PYTHONPATH": str(ROOT)}


@contextmanager
def running(state, provider, **more):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "uvicorn",
            "app:app",
            "--port",
            str(port),
            "--log-level",
            "warning",
            "--timeout-graceful-shutdown",
            "2",
        ],
        cwd=EXAMPLE,
        env={
            **environment(state),
            "SERVICE_STATE": str(state),
            "SERVICE_SECRET": "5e" * 32,
            "OPENAI_BASE_URL": provider.url,
            "OPENAI_API_KEY": "none",
            **more,
        },
    )
    try:
        service = Service(f"http://127.0.0.1:{port}", state)
        with service.http:
            _wait_for(service, process)
            yield service
    finally:
        process.terminate()
        process.wait(600)


def _wait_for(service, process):
    for _ in range(12_000):
        try:
            service.http.get("/health")
        except httpx2.TransportError:
            assert process.poll() is None, "the service did not start"
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the service did not come up")


def with_numbers(tmp_path, **numbers):
    """Return the example's policy with other numbers."""
    text = (EXAMPLE / "service.policy").read_text("utf-8")
    for name, number in numbers.items():
        line = next(each for each in text.splitlines() if each.startswith(f"let {name} "))
        text = text.replace(line, f"let {name} = {number}")
    path = tmp_path / "smaller.policy"
    path.write_text(text, "utf-8")
    return {"SERVICE_POLICY": str(path)}


class Echo:
    """A reply that says what was asked."""

    status, events = 200, None

    def __init__(self, provider):
        self._provider = provider

    @property
    def body(self):
        return completion(f"you wrote: {self._provider.last['messages'][-1]['content']}").body


def tool_call(name, **arguments):
    call = {"id": "t1", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
    return completion(None, tool_calls=[call])


def test_a_chat_is_answered_and_personal_data_stays_inside(service, provider):
    reply = service.post("/chat", f"my card is {CARD}")
    assert reply.json() == {"text": "hello"}
    assert CARD not in json.dumps(provider.last)
    provider.replies[:] = [Echo(provider)]
    assert service.post("/chat", f"my card is {CARD}").json() == {"text": f"you wrote: my card is {CARD}"}
    assert CARD not in json.dumps(provider.last)


def test_a_refusal_is_a_403_that_says_which_decision_and_why(service, provider):
    for path in ("/chat", "/chat/stream", "/agent"):
        reply = service.post(path, model="gpt-5")
        assert reply.status_code == 403
        error = reply.json()["error"]
        assert error.pop("decision").endswith(".q")
        assert error == {
            "type": "policy_violation",
            "clauses": ["MODEL-1"],
            "message": "the model gpt-5 is not on the approved list",
        }
    assert service.http.post("/chat", json={"text": "x"}, headers={"x-user": ""}).status_code == 401
    assert provider.requests == []


def test_health_says_what_is_guarded(service):
    found = service.http.get("/health").json()
    assert {"openai chat.completions.create", "tools.look_up", "tools.refund"} <= found["guarded"].keys()
    assert found["guarded"]["tools.refund"] == ["tool input", "tool output"]
    assert (found["idle"], found["missing"]) == ([], [])
    assert "REFUND-2" in found["acting"]


def test_a_stream_is_redacted_across_its_chunks(service, provider):
    provider.replies[:] = [chunks(f"the key is {SECRET[:9]}", SECRET[9:20], f"{SECRET[20:]} and", " that is all")]
    reply = service.post("/chat/stream")
    events = [json.loads(line.removeprefix("data: ")) for line in reply.text.splitlines() if line.startswith("data: ")]
    text = "".join(each.get("text", "") for each in events)
    assert text == "the key is [secret.github redacted] and that is all"
    assert reply.text.endswith("event: done\ndata: {}\n\n")


def test_an_agent_uses_its_tools(service, provider):
    provider.replies[:] = [
        tool_call("look_up", invoice="R-17"),
        tool_call("refund", invoice="R-17", amount="80.00"),
        tool_call("refund", invoice="R-17"),
        completion("done"),
    ]
    assert service.post("/agent", "refund R-17").json() == {"text": "done"}
    said = [each["content"] for each in provider.last["messages"] if each["role"] == "tool"]
    assert said == ["R-17: 80.00 EUR, paid", "80.00 EUR for R-17 were paid back", "the arguments do not fit"]


def test_a_tool_call_that_a_rule_refuses_is_not_made(service, provider):
    provider.replies[:] = [tool_call("refund", invoice="R-19", amount="4800.00")]
    reply = service.post("/agent", "refund R-19")
    assert reply.status_code == 403
    assert reply.json()["error"]["clauses"] == ["REFUND-1"]
    assert len(provider.requests) == 1


@pytest.mark.parametrize("granted", [True, False])
def test_a_person_in_another_process_decides_about_a_tool_call(service, provider, granted):
    provider.replies[:] = [tool_call("refund", invoice="R-18", amount="480.00"), completion("done")]
    with ThreadPoolExecutor() as pool:
        reply = pool.submit(service.post, "/agent", "refund R-18")
        service.answer(granted=granted)
        found = reply.result(600)
    if granted:
        assert found.json() == {"text": "done"}
    else:
        assert found.status_code == 403
        assert found.json()["error"]["message"] == "REFUND-2 asks claims_duty: claims_duty denied it"


def test_the_kill_switch_stops_everything(service, provider):
    (service.state / "STOP").touch()
    try:
        assert service.post("/chat").status_code == 503
        assert provider.requests == []
    finally:
        (service.state / "STOP").unlink()
    assert service.post("/chat").status_code == 200


def test_an_approval_and_a_budget_outlive_a_restart_and_the_trail_verifies(state, tmp_path):
    smaller = with_numbers(tmp_path, calls_a_day=3)
    refund = tool_call("refund", invoice="R-18", amount="480.00")
    with serving(refund, refund, completion("done")) as provider:
        with running(state, provider, **smaller) as service:
            with pytest.raises(httpx2.ReadTimeout):  # the caller goes away
                service.http.post("/agent", json={"text": "refund R-18"}, timeout=2)
            store, request = service.waiting()
        store.answer(request.id, Answer("Cleo", "claims_duty", granted=True), time.time_ns())
        with running(state, provider, **smaller) as service:
            assert service.post("/agent", "refund R-18").json() == {"text": "done"}
            refused = service.post("/chat")
            assert refused.status_code == 403
            assert refused.json()["error"]["clauses"] == ["SPEND-1"]
    verified = policykit("trail", "verify", str(state / "trail"), "--vkey", str(state / "trail.pem.vkey"), state=state)
    assert verified.returncode == 0


def test_a_caller_that_leaves_in_the_middle_of_a_stream_ends_the_call_and_settles_its_budget(state, tmp_path):
    gate = threading.Event()
    smaller = with_numbers(tmp_path, calls_a_day=2)
    rest = chunk({"content": "more " * 1_000_000})
    replies = Reply(events=[chunk({"content": "one sentence. " * 200}), rest], gate=gate), completion("ok")
    with serving(*replies) as provider, running(state, provider, **smaller) as service:
        with service.http.stream("POST", "/chat/stream", json={"text": "x"}) as reply:
            next(reply.iter_lines())
        time.sleep(0.2)
        gate.set()
        assert provider.aborted.wait(600)
        assert service.post("/chat").status_code == 200
        assert service.post("/chat").status_code == 403


def test_parallel_requests_never_exceed_a_budget(state, tmp_path):
    smaller = with_numbers(tmp_path, calls_a_day=20)
    with serving(completion()) as provider, running(state, provider, **smaller) as service:
        with ThreadPoolExecutor(50) as pool:
            codes = [each.status_code for each in pool.map(lambda _: service.post("/chat"), range(50))]
        made = len(provider.requests)
    assert set(codes) == {200, 403}
    assert codes.count(200) == made <= 20


def test_a_stop_pauses_everything_until_a_person_resumes(state, tmp_path):
    with (
        serving(completion()) as provider,
        running(state, provider, **with_numbers(tmp_path, calls_a_minute=2)) as service,
    ):
        codes = [service.post("/chat").status_code for _ in range(4)]
        paused = service.post("/chat")
        Stores.sqlite(state / "guard.db").stops.resume("STOP-1", role="run_owner")
        resumed = service.post("/chat").status_code
    assert codes == [200, 200, 200, 503]
    assert paused.json()["error"]["clauses"] == ["STOP-1"]
    assert resumed == 200


def test_an_error_of_the_guard_is_a_503_without_internals(state):
    with serving(completion()) as provider, running(state, provider) as service:
        for each in state.glob("guard.db*"):
            each.write_bytes(b"not a database")
        reply = service.post("/chat")
        assert reply.status_code == 503
        assert reply.json()["error"]["type"] == "guard_unavailable"
        assert "database" not in reply.text
        assert provider.requests == []


def test_the_policy_of_the_example_is_clean():
    for command in (["lint"], ["fmt", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "policykit", *command, str(EXAMPLE / "service.policy")],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
