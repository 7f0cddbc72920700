"""Price lists for tests, written to a file as LiteLLM writes them."""

from policykit.encoding.digest import digest_of_file
from policykit.pricing.table import PriceTable

CHAT = '"mode": "chat"'
TEXT = """{
  "sample_spec": {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0, "max_output_tokens": "a number"},
  "m-1": {"input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06, "max_output_tokens": 100, "mode": "chat"},
  "cached": {"input_cost_per_token": 3e-06, "cache_read_input_token_cost": 3e-07, "output_cost_per_token": 1.5e-05,
    "cache_creation_input_token_cost": 3.75e-06, "cache_creation_input_token_cost_above_1hr": 6e-06},
  "thinker": {"input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, "output_cost_per_reasoning_token": 5e-06},
  "stepped": {"input_cost_per_token": 1e-06, "input_cost_per_token_above_128k_tokens": 2e-06,
    "input_cost_per_token_above_1000k_tokens": 3e-06, "output_cost_per_token": 1e-05,
    "output_cost_per_token_above_128k_tokens": 2e-05, "cache_read_input_token_cost": 1e-07, "max_input_tokens": 200000},
  "azure/m-1": {"input_cost_per_token": 7e-06, "output_cost_per_token": 8e-06},
  "free": {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
  "embedder": {"input_cost_per_token": 2e-08, "mode": "embedding"},
  "fee": {"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06, "input_cost_per_request": 0.005},
  "whisper": {"input_cost_per_second": 0.0001, "mode": "audio_transcription"}
}"""


def write(folder, text=TEXT):
    path = folder / "prices.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return path


def table(folder, text=TEXT, **settings):
    path = write(folder, text)
    return PriceTable.load(path, digest=digest_of_file(path), **settings)
