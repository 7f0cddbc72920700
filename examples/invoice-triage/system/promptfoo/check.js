// One check of a golden case: right action and amount. Beside it, measured only: was the case closed without a person?
module.exports = (output, { vars }) => {
  const right = output.startsWith(`${vars.expected}\n`);
  return {
    pass: right,
    score: Number(right),
    reason: right ? 'as expected' : `expected ${vars.expected}`,
    namedScores: { touchless_rate: Number(!output.startsWith('query')) },
  };
};
