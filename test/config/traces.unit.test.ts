import { describe, expect, test } from 'vitest';
import { load, problemsOf } from './support.ts';

const whole = 'http://whole:4318/some/path';
const file = 'traces: {endpoint: "http://file:4318/v1/traces"}';

describe('where traces go', () => {
  test.each([
    ['nobody says', '', {}, null],
    ['the file says', file, {}, 'http://file:4318/v1/traces'],
    [
      'the base of all signals goes before the file',
      file,
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://base:4318/' },
      'http://base:4318/v1/traces',
    ],
    [
      'the address of traces goes before the base, and stays as it is',
      file,
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://base:4318', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole },
      whole,
    ],
    ['an empty variable is absent', file, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, 'http://file:4318/v1/traces'],
    ['the SDK is disabled', file, { OTEL_SDK_DISABLED: 'TRUE' }, null],
    ['there is no exporter', file, { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole }, null],
  ])('%s', (_, yaml, env, endpoint) => {
    expect(load(yaml, env).traces.endpoint).toBe(endpoint);
  });

  test('credentials have no place in an address, and are not repeated', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:hunter2@collector:4318' };
    const problems = [...problemsOf('', env), ...problemsOf('traces: {endpoint: "http://user:hunter2@collector/"}')];
    expect(problems).toEqual([
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT: .*OTEL_EXPORTER_OTLP_HEADERS/),
      expect.stringMatching(/^traces.endpoint: .*OTEL_EXPORTER_OTLP_HEADERS/),
    ]);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('another protocol than is spoken is answered with one line, where it matters', () => {
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(load(file, env).notices).toEqual([expect.stringContaining('http/json, not as grpc')]);
    expect(load('', env).notices).toEqual([]);
    expect(load(file, { ...env, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' }).notices).toEqual([]);
  });

  test('the time of an export is bounded', () => {
    expect(load('').traces.timeoutMs).toBe(3000);
    const both = { OTEL_EXPORTER_OTLP_TIMEOUT: '500', OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '700' };
    expect(load('', both).traces.timeoutMs).toBe(700);
    for (const OTEL_EXPORTER_OTLP_TIMEOUT of ['0', 'soon', '60001'])
      expect(problemsOf('', { OTEL_EXPORTER_OTLP_TIMEOUT })).toEqual([
        expect.stringMatching(/^OTEL_EXPORTER_OTLP_TIMEOUT: /),
      ]);
  });
});
