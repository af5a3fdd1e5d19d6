import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { correlationId, pipelineMetricsLine, stepPrefix } from '../../src/domain/pipeline-metrics.ts';

const runId = 'a1b2c3d4-0000-4000-8000-00000000-3f9c';
const correlation = { correlation_id: correlationId('ttl-cleanup', runId) };

describe('the lines that people parse today, letter for letter', () => {
  test('start', () => {
    expect(pipelineMetricsLine('ttl_cleanup_job_start', { ...correlation, job_id: 'ttl-cleanup' })).toBe(
      'PIPELINE_METRICS: step=ttl_cleanup_job_start correlation_id=ttl_cleanup_a1b2c3d4000040008000000000003f9c job_id=ttl-cleanup',
    );
  });

  test('a workspace', () => {
    const fields = { ...correlation, workspace: 'docs', duration_ms: 1500, deleted_documents: 10 };
    expect(pipelineMetricsLine('ttl_cleanup_workspace_complete', fields)).toBe(
      'PIPELINE_METRICS: step=ttl_cleanup_workspace_complete correlation_id=ttl_cleanup_a1b2c3d4000040008000000000003f9c workspace=docs duration_ms=1500 deleted_documents=10',
    );
  });

  test('the end', () => {
    const fields = { ...correlation, duration_ms: 5000, success_rate: { share: 1 } };
    expect(pipelineMetricsLine('ttl_cleanup_job_complete', fields)).toBe(
      'PIPELINE_METRICS: step=ttl_cleanup_job_complete correlation_id=ttl_cleanup_a1b2c3d4000040008000000000003f9c duration_ms=5000 success_rate=100.0%',
    );
  });
});

test.each([
  [0, '0.0%'],
  [2 / 3, '66.7%'],
  [0.9996, '100.0%'],
  [1, '100.0%'],
])('a share of %d reads as %s', (share, text) => {
  expect(pipelineMetricsLine('s', { success_rate: { share } })).toBe(`PIPELINE_METRICS: step=s success_rate=${text}`);
});

test.each([
  ['a b', 'a%20b'],
  ['x deleted_documents=999', 'x%20deleted_documents%3D999'],
  ['x\nPIPELINE_METRICS: step=forged', 'x%0APIPELINE_METRICS:%20step%3Dforged'],
  ['100%', '100%25'],
  ['%20', '%2520'],
  ['文档', '%E6%96%87%E6%A1%A3'],
  ['🌳', '%F0%9F%8C%B3'],
  ['"quoted\'', '%22quoted%27'],
  ['\u0000\u001b[31m', '%00%1B%5B31m'],
  ['plain-Name_1.2:3', 'plain-Name_1.2:3'],
])('a workspace called %j is written as %s', (workspace, encoded) => {
  expect(pipelineMetricsLine('s', { workspace })).toBe(`PIPELINE_METRICS: step=s workspace=${encoded}`);
});

test('no name forges a field or a line: a line is always one, with the fields it was given, and reads back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (workspace) => {
      const line = pipelineMetricsLine('s', { workspace, deleted_documents: 1 });
      expect(line).toMatch(/^PIPELINE_METRICS: step=s workspace=[A-Za-z0-9_.:%-]* deleted_documents=1$/);
      expect(decodeURIComponent(line.split(' ')[2]?.slice('workspace='.length) ?? '')).toBe(workspace);
    }),
  );
});

test('the correlation names the job and the whole run id, so that no other run has it', () => {
  expect(correlationId('ttl-cleanup', '0198f2aa-1234-7abc-8def-0123456789ab')).toBe(
    'ttl_cleanup_0198f2aa12347abc8def0123456789ab',
  );
  expect(stepPrefix('memory-decay')).toBe('memory_decay');
});
