import type { Registry } from 'prom-client';
import type { Measured } from '../operations/monitoring/measure.ts';
import { RisingCounter } from './rising-counter.ts';

/** Calls of the language model by all workers, as the database counts them. */
export function modelMetrics(registry: Registry): (models: Measured['models']) => void {
  const calls = new RisingCounter(
    registry,
    'coppice_model_calls_total',
    'Calls of the language model: answered, rejected (an answer that cannot be used), refused or failed.',
    'model',
    'outcome',
  );
  const seconds = new RisingCounter(
    registry,
    'coppice_model_seconds_total',
    'How long these calls took, added up.',
    'model',
    'outcome',
  );
  const tokens = new RisingCounter(
    registry,
    'coppice_model_tokens_total',
    'Tokens of questions (input) and answers (output).',
    'model',
    'direction',
  );
  return (models) => {
    calls.set(models.map(({ model, outcome, calls: value }) => ({ labels: { model, outcome }, value })));
    seconds.set(models.map(({ model, outcome, seconds: value }) => ({ labels: { model, outcome }, value })));
    const byModel = [...Map.groupBy(models, ({ model }) => model)];
    tokens.set(
      byModel.flatMap(([model, own]) => [
        { labels: { model, direction: 'input' }, value: sum(own.map((one) => one.inputTokens)) },
        { labels: { model, direction: 'output' }, value: sum(own.map((one) => one.outputTokens)) },
      ]),
    );
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}
