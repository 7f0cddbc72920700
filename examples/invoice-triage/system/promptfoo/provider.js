// Lets promptfoo ask the example's assistant, which is a Python program: one process for each question, no network.
// The name says that it stands in for the model; `PILOT` asks the release that the demo showed.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const ASSISTANT = path.join(__dirname, '..', 'assistant.py');
const tokens = (text) => Math.ceil(text.length / 4);

module.exports = class {
  constructor(options) {
    this.release = process.env.RELEASE || 'current';
    this.model = options.config.models[this.release];
  }

  id() {
    return `stand-in:${this.model}`;
  }

  async callApi(prompt) {
    const run = spawnSync('python3', [ASSISTANT, this.release], { input: `${JSON.stringify({ text: prompt })}\n` });
    if (run.status !== 0) {
      return { error: String(run.stderr) };
    }
    const answer = JSON.parse(String(run.stdout));
    const output = `${answer.action} ${answer.amount}\n${answer.text}`;
    const usage = { prompt: 400 + tokens(prompt), completion: tokens(output) };
    return {
      output,
      tokenUsage: { ...usage, total: usage.prompt + usage.completion },
      cost: usage.prompt * 0.00000025 + usage.completion * 0.000002,
    };
  }
};
