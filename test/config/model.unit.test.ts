import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { showConfig } from '../../src/config/show.ts';
import { load, problemsOf } from './support.ts';

test('without an address no model is configured', () => {
  expect(load('').model).toBeNull();
  expect(showConfig(load(''))).toMatchObject({ model: null });
});

test('the environment overrides the file, and the key is never shown', () => {
  const config = loadConfig({
    COPPICE_MODEL_URL: 'https://models.example/v1',
    COPPICE_MODEL: 'small',
    COPPICE_MODEL_KEY: 'hunter2\n',
  });
  expect(config.model).toMatchObject({ url: 'https://models.example/v1', name: 'small', apiKey: 'hunter2' });
  const shown = JSON.stringify(showConfig(config));
  expect(shown).toContain('"name":"small"');
  expect(shown).not.toContain('hunter2');
});

test('limits are read from the file', () => {
  const { model } = load(`
    model: {url: "http://127.0.0.1:11434/v1", name: local, timeout_seconds: 5, max_concurrent: 2, calls_per_minute: 30}
  `);
  expect(model).toMatchObject({ name: 'local', timeoutSeconds: 5, maxConcurrent: 2, callsPerMinute: 30 });
});

test.each([
  ['model: {url: "https://models.example/v1"}', 'model.name: name the model'],
  ['model: {name: small}', 'model.name: has no effect without model.url'],
  ['model: {url: "https://user:secret@models.example/v1", name: small}', 'model.url: must carry no credentials'],
  ['model: {url: "ftp://models.example", name: small}', 'model.url:'],
  ['model: {url: "https://models.example/v1", name: small, key: abc}', 'model.key: is not a known setting'],
])('%s is a problem', (text, problem) => {
  expect(problemsOf(text).join('\n')).toContain(problem);
});

test('a key with a character that no key contains is a problem', () => {
  const env = { COPPICE_MODEL_URL: 'https://models.example/v1', COPPICE_MODEL: 'small', COPPICE_MODEL_KEY: 'a b' };
  expect(() => loadConfig(env)).toThrow(/COPPICE_MODEL_KEY: contains a character/);
});
