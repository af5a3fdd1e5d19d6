import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { showConfig } from '../../src/config/show.ts';
import { load, problemsOf } from './support.ts';

test('without the section nothing private is fetched from and no file is read', () => {
  expect(load('').sources).toEqual({
    hostConcurrency: 2,
    hostDelayMs: 500,
    headersTimeoutMs: 15_000,
    idleTimeoutMs: 10_000,
    totalTimeoutMs: 60_000,
    maxBytes: 10 * 1024 ** 2,
    maxRedirects: 5,
    allow: [],
    ports: [80, 443],
    fileRoots: [],
    templates: {},
    userAgent: 'Coppice/0.1',
  });
});

test('settings are read, and shown by the names of the file', () => {
  const config = load(`
    sources:
      host_concurrency: 1
      total_timeout_seconds: 5
      allow: [wiki.internal, 10.0.0.0/8, "fd00::/8", 192.168.1.1]
      file_roots: [docs]
      templates:
        context7: "https://docs.example/{id}/llms.txt?tokens=10000&key=hunter2"
  `);
  expect(config.sources).toMatchObject({ hostConcurrency: 1, totalTimeoutMs: 5_000, fileRoots: [resolve('docs')] });
  const shown = JSON.stringify(showConfig(config));
  expect(shown).toContain('"total_timeout_seconds":5');
  expect(shown).toContain('"allow":["wiki.internal","10.0.0.0/8","fd00::/8","192.168.1.1"]');
  expect(shown).toContain('"context7":"https://docs.example/{id}/llms.txt?tokens=***&key=***"');
  expect(shown).not.toContain('hunter2');
});

test.each([
  'host_concurrency: 0',
  'host_delay_ms: -1',
  'max_bytes: 10',
  'allow: ["http://wiki.internal"]',
  'allow: [10.0.0.0/33]',
  'allow: ["wiki.internal:8080"]',
  'allow: ["*"]',
  'ports: [0]',
  'ports: []',
  'templates: {http: "https://docs.example/{id}"}',
  'templates: {file: "https://docs.example/{id}"}',
  'templates: {docs: "https://docs.example/none"}',
  'templates: {docs: "https://{id}.example/"}',
  'templates: {docs: "https://docs.example/#{id}"}',
  'templates: {docs: "https://key@docs.example/{id}"}',
  'templates: {docs: "file:///srv/{id}"}',
  'user_agent: "a\\nb"',
  'retries: 3',
])('%s is a problem', (line) => {
  expect(problemsOf(`sources: {${line}}`)).toHaveLength(1);
});
