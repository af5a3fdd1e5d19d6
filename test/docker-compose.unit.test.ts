import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { globalAliases, jobAliases } from '../src/config/aliases.ts';

const ROOT = join(import.meta.dirname, '..');

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const composeFile = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      build: z.string().optional(),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
      environment: z.record(z.string(), z.string()).default({}),
      command: z.array(z.string()).optional(),
      healthcheck: z.object({ test: z.array(z.string()) }).optional(),
      ports: z.array(z.string()).default([]),
      volumes: z.array(z.string()).default([]),
      profiles: z.array(z.string()).default([]),
      stop_grace_period: z.string().optional(),
    }),
  ),
  volumes: z.record(z.string(), z.null()),
});

const raw: unknown = parse(read('docker-compose.yml'), { merge: true });
const { services, volumes } = composeFile.parse(raw);

test('follows the Compose Specification', () => {
  // The schema has formats of its own ("duration" as Compose writes it), which are not JSON Schema's.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const validate = ajv.compile(JSON.parse(read('test/fixtures/compose-spec.json')));
  validate(raw);
  expect(validate.errors ?? []).toEqual([]);
});

test('a mistake in the file would be noticed', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const validate = ajv.compile(JSON.parse(read('test/fixtures/compose-spec.json')));
  expect(validate({ services: { worker: { image: 'x:1', depend_on: ['y'] } } })).toBe(false);
});

test('has PostgreSQL, Temporal with its Web UI, Coppice, and other stores only when asked for', () => {
  const always = Object.entries(services).filter(([, service]) => service.profiles.length === 0);
  expect(always.map(([name]) => name)).toEqual(
    expect.arrayContaining(['postgres', 'temporal', 'temporal-ui', 'coppice', 'api']),
  );
  for (const store of ['weaviate', 'neo4j', 'falkordb']) expect(services[store]?.profiles).toEqual([store]);
});

test.each(Object.entries(services))(
  '%s depends only on services that exist and can meet its condition',
  (_, service) => {
    for (const [name, { condition }] of Object.entries(service.depends_on)) {
      expect(services).toHaveProperty(name);
      expect(services[name]?.profiles, `${name} is not always started`).toEqual([]);
      if (condition === 'service_healthy') expect(services[name]?.healthcheck, name).toBeDefined();
    }
  },
);

test.each(Object.entries(services))('%s is reached from this machine alone', (_, service) => {
  for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test.each(Object.entries(services))('%s has a pinned image', (_, service) => {
  const tag = service.image.split(':')[1];
  expect(tag, service.image).toBeDefined();
  if (!service.build) expect(tag).toMatch(/\d+\.\d+\.\d+/);
});

test.each(Object.entries(services))('%s keeps its data in a volume that is declared', (_, service) => {
  // A volume that is only read may come from the checkout.
  const written = service.volumes.filter((volume) => !volume.endsWith(':ro'));
  for (const volume of written) expect(volumes).toHaveProperty(volume.split(':')[0] ?? '');
});

test('the worker and the API receive the variables of former systems and of every store', () => {
  const former = [...globalAliases, ...jobAliases].map(({ variable }) => variable);
  const stores = ['WEAVIATE_URL', 'NEO4J_URL', 'NEO4J_URI', 'NEO4J_USER', 'NEO4J_PASSWORD', 'FALKORDB_URL'];
  for (const name of [...former, ...stores, 'FALKORDB_PASSWORD']) {
    expect(services.coppice?.environment[name], name).toBe(`\${${name}:-}`);
  }
});

test('the worker finds the stores, and has time to hand back its work', () => {
  const { coppice } = services;
  expect(coppice?.environment.TEMPORAL_ADDRESS).toBe('temporal:7233');
  expect(coppice?.environment.DATABASE_URL).toContain('@postgres:5432/');
  expect(coppice?.stop_grace_period).toBe('60s');
});

test('the API serves on its published port, once there is a token, and has the place of the token to read only', () => {
  const { api, 'api-token': first } = services;
  expect(api?.command).toEqual(['coppice', 'api', '--host', '0.0.0.0', '--port', '7410']);
  expect(api?.ports).toEqual([expect.stringMatching(/:7410$/)]);
  expect(api?.healthcheck?.test.join(' ')).toContain('http://127.0.0.1:7410/readyz');
  expect(api?.depends_on['api-token']).toEqual({ condition: 'service_completed_successfully' });
  expect(first?.volumes).toContain('token:/token');
  expect(api?.volumes).toContain('token:/token:ro');
  expect(read('Dockerfile')).toMatch(/--owner node .*\/token$/m);
  expect(api?.environment).toEqual(services.coppice?.environment);
});

test('the fragment in the README fits an application’s own file', () => {
  const [, fragment = ''] = /```yaml\n(services:.*?)```/s.exec(read('README.md')) ?? [];
  const own: unknown = parse(fragment);
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const validate = ajv.compile(JSON.parse(read('test/fixtures/compose-spec.json')));
  validate(own);
  expect(validate.errors ?? []).toEqual([]);
  expect(own).toMatchObject({ services: { coppice: { stop_grace_period: services.coppice?.stop_grace_period } } });
});

test('no password is written down without a way to set another', () => {
  const secrets = Object.values(services).flatMap(({ environment }) =>
    Object.entries(environment).filter(([name]) => /PASSWORD|PWD/.test(name)),
  );
  expect(secrets.length).toBeGreaterThan(0);
  for (const [name, value] of secrets) expect(value, name).toMatch(/^\$\{(POSTGRES|NEO4J|FALKORDB)_PASSWORD:-/);
});

test('the Dockerfile copies only what is there, from images that are pinned, and does not run as root', () => {
  const lines = read('Dockerfile').split('\n');
  const sources = lines.flatMap((line) => /^COPY (?!--from)(.+) \S+$/.exec(line)?.[1]?.split(' ') ?? []);
  for (const source of sources) expect(existsSync(join(ROOT, source)), source).toBe(true);
  const images = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
  expect(images.length).toBeGreaterThan(0);
  for (const image of images) expect(image).toMatch(/^node:24\.\d+\.\d+-slim$/);
  expect(lines).toContain('USER node');
  expect(lines).toContain('CMD ["coppice", "worker"]');
});

test('the image contains only files that the build names', () => {
  const lines = read('.dockerignore')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  expect(lines[0]).toBe('*');
  for (const line of lines.slice(1)) expect(existsSync(join(ROOT, line.slice(1))), line).toBe(true);
});
