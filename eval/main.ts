/**
 * `npm run eval -- deduplicate --data DIR` measures a job on labelled data: a folder with `records.jsonl`,
 * `embeddings.f32`, `gold.csv` and `meta.json`. docs/duplicates.md describes the format and the result.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { DataSetError } from './data-set.ts';
import { coverageOf, defaultMaxErrorRate, type Evaluation, evaluate } from './deduplicate.ts';
import type { Scores } from './score.ts';

const usage = `Usage: npm run eval -- deduplicate --data DIR [--json] [--max-error-rate ${defaultMaxErrorRate}] [--resamples N]\n`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      resamples: { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
      'max-error-rate': { type: 'string', default: String(defaultMaxErrorRate) },
    },
  });
  const maxErrorRate = Number(values['max-error-rate']);
  const resamples = Number(values.resamples);
  const right = maxErrorRate > 0 && maxErrorRate < 1 && Number.isInteger(resamples) && resamples >= 0;
  if (positionals.join(' ') !== 'deduplicate' || values.data === undefined || !right) {
    process.stderr.write(usage);
    process.exitCode = 2;
  } else if (resamples > 0) {
    const coverage = await coverageOf(values.data, maxErrorRate, { resamples, threads: availableParallelism() });
    process.stdout.write(`${JSON.stringify(coverage, null, 2)}\n`);
  } else {
    const result = await evaluate(values.data, maxErrorRate, availableParallelism());
    process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : readable(result));
  }
} catch (error) {
  const known = error instanceof DataSetError || (error instanceof TypeError && 'code' in error);
  if (!known) throw error;
  process.stderr.write(`${error.message}\n${usage}`);
  process.exitCode = 2;
}

function readable(result: Evaluation): string {
  const types = result.types.map(
    ({ type, model, regime, cutoff_bits }) =>
      `${type}: model ${model}, regime ${regime ?? 'none'}, cut-off ${cutoff_bits?.toFixed(1) ?? 'none'} bits`,
  );
  return [
    `${result.records} records, ${result.gold_pairs} pairs in the gold data, ${result.seconds.toFixed(1)} s`,
    ...types,
    ...linesOf('with guards', result),
    ...linesOf('without guards', result.without_guards),
    '',
  ].join('\n');
}

function linesOf(title: string, { merge, relate, estimated_error_rate, true_error_rate }: Scores): string[] {
  const line = (name: string, { pairs, precision, recall, f1 }: Scores['merge']) =>
    `  ${name}: ${pairs} pairs, precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}, F1 ${f1.toFixed(4)}`;
  return [
    `${title}:`,
    line('merge', merge),
    line('relate', relate),
    `  error rate: ${true_error_rate.toFixed(4)}, estimated ${JSON.stringify(estimated_error_rate)}`,
  ];
}
