import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/errors.ts';
import { loadConfig } from '../../src/config/load.ts';
import { fileWith, load, problemsOf } from './support.ts';

test('every problem is named at once: of the file, of the environment, and between settings', () => {
  const yaml = `
    colour: red
    database: {max_connections: 1}
    collections:
      memories: {table: public.memories, vectors: {in: weaviate, class: Memory}}
    jobs:
      ttl-cleanup:
        brake: {max_share: 2}
        parameters: {batch_size: many}
  `;
  const env = { DATABASE_URL: 'mysql://host/db', COPPICE_LOG_LEVEL: 'loud', CTX7_TTL_CLEANUP_BATCH_SIZE: 'x' };
  expect(problemsOf(yaml, env).toSorted()).toEqual([
    "COPPICE_LOG_LEVEL: must be one of trace, debug, info, warn, error, silent, not 'loud'",
    expect.stringMatching(/^CTX7_TTL_CLEANUP_BATCH_SIZE: /),
    'DATABASE_URL: must start with postgres:// or postgresql://',
    'colour: is not a known setting',
    expect.stringMatching(/^database.max_connections: /),
    expect.stringMatching(/^jobs.ttl-cleanup.brake.max_share: /),
    expect.stringMatching(/^jobs.ttl-cleanup.parameters.batch_size: /),
  ]);
});

test('the message of the error lists them all', () => {
  expect(() => load('a: 1\nb: 2')).toThrow(new ConfigError(['a: is not a known setting', 'b: is not a known setting']));
  expect(new ConfigError(['x']).message).toBe('the configuration has one problem:\n  - x');
});

describe('unknown keys are errors at every depth, since a misspelt brake must not be silently absent', () => {
  test.each([
    ['databse: {}', 'databse'],
    ['database: {urll: x}', 'database.urll'],
    ['collections: {documents: {workspce: w}}', 'collections.documents.workspce'],
    ['collections: {d: {table: t, vectors: {in: row, colum: v}}}', 'collections.d.vectors.colum'],
    ['jobs: {ttl-clean: {}}', 'jobs.ttl-clean'],
    ['jobs: {ttl-cleanup: {brakes: {}}}', 'jobs.ttl-cleanup.brakes'],
    ['jobs: {ttl-cleanup: {brake: {max_shares: 0.1}}}', 'jobs.ttl-cleanup.brake.max_shares'],
    ['jobs: {ttl-cleanup: {parameters: {max_age: 1}}}', 'jobs.ttl-cleanup.parameters.max_age'],
    ['jobs: {ttl-cleanup: {schedules: [{cron: 0 2 * * *, tz: x}]}}', 'jobs.ttl-cleanup.schedules.0.tz'],
    ['stores: {weaviate: {url: http://w, apikey: k}}', 'stores.weaviate.apikey'],
  ])('%s', (yaml, at) => {
    expect(problemsOf(yaml)).toEqual([`${at}: is not a known setting`]);
  });
});

describe('cron', () => {
  test.each([
    ['', 'not one field'],
    ['daily', 'not one field'],
    ['@daily', '"@daily" is not supported, write its five fields'],
    ['0 2 * *', 'not 4 fields'],
    ['0 0 2 * * *', 'leave out the seconds field'],
    ['60 2 * * *', 'minute: "60" is not a value from 0 to 59'],
    ['0 24 * * *', 'hour: "24" is not a value from 0 to 23'],
    ['0 2 0 * *', 'day of month: "0" is not a value from 1 to 31'],
    ['0 2 * 13 *', 'month: "13" is not a value from 1 to 12'],
    ['0 2 * * 8', 'day of week: "8" is not a value from 0 to 7'],
    ['0 2 * * mond', 'day of week: "mond" is not a value from 0 to 7'],
    ['*/0 * * * *', 'minute: "*/0" has no valid step'],
    ['5-1 * * * *', 'minute: "5-1" ends before it begins: write two ranges'],
    ['1, * * * *', 'minute: "" is not a value'],
    ['-1 * * * *', 'minute: "-1" is not a value'],
    ['1.5 * * * *', 'minute: "1.5" is not a value'],
    ['5/10 * * * *', 'minute: "5/10" has a step without an end: write "5-59/10"'],
    ['0 2 L * *', 'day of month: "L" (the last day) is not supported: run on the first day'],
    ['0 2 15W * *', 'day of month: "W" (the nearest weekday) is not supported: write "MON-FRI"'],
    ['0 2 ? * MON', 'day of month: "?" is not supported: write "*"'],
    ['0 2 * * 5L', 'day of week: "L" (the last day) is not supported'],
    ['0 2 * * 1#1', 'day of week: "#" (the nth weekday) is not supported: for the first Monday write "1-7"'],
    ['0 0 31 2 *', 'never runs: no date matches "0 0 31 2 *"'],
    ['0 0 31 4,6 *', 'never runs'],
    ['0 3 31 4,6,9,11 *', 'never runs'],
    ['0 3 30-31/1 FEB *', 'never runs'],
    ['CRON_TZ=Europe/Berlin 0 3 * * *', 'leave out "CRON_TZ=Europe/Berlin": times are in UTC'],
    ['0 3 * * * # nightly', 'leave out the comment'],
    ['0 3 * * MON 2027', 'leave out the year field'],
  ])('%j is refused: %s', (cron, why) => {
    const yaml = `jobs: {ttl-cleanup: {schedules: [{cron: ${JSON.stringify(cron)}}]}}`;
    const [problem = '', ...others] = problemsOf(yaml);
    expect(problem).toMatch(/^jobs\.ttl-cleanup\.schedules\.0\.cron: (must be five-field cron|never runs)/);
    expect(problem).toContain(why);
    expect(others).toEqual([]);
  });

  test.each([
    '0 2 * * *',
    '*/15 * * * *',
    '0,30 8-18/2 1,15 1-6 1-5',
    '5-59/10 * 29 jan-MAR sun,Sat',
    '0 0 * * 7',
    '0 0 29 2 *',
    '0 3 31 4,12 *',
  ])('%j is taken as it is', (cron) => {
    const config = load(`jobs: {ttl-cleanup: {schedules: [{cron: ${JSON.stringify(cron)}}]}}`);
    expect(config.jobs[0]?.schedules).toEqual([{ cron, parameters: {} }]);
  });

  test.each([
    ['every_minutes: 90', 5_400],
    ['every_hours: 6', 21_600],
    ['every_days: 2', 172_800],
    ['every_seconds: 5', 5],
  ])('an interval %s is kept in seconds, as it always was', (interval, every_seconds) => {
    const config = load(`jobs: {ttl-cleanup: {schedules: [{${interval}}]}}`);
    expect(config.jobs[0]?.schedules).toEqual([{ every_seconds, parameters: {} }]);
  });

  test.each([
    ['{}', 'schedules.0: needs exactly one of cron, every_seconds, every_minutes, every_hours, every_days and once'],
    [
      '{cron: 0 2 * * *, every_seconds: 5}',
      'schedules.0: needs exactly one of cron, every_seconds, every_minutes, every_hours, every_days and once',
    ],
    ['{once: tomorrow}', 'schedules.0.once: '],
    ['{every_seconds: 0}', 'schedules.0.every_seconds: '],
    ['{every_minutes: 0}', 'schedules.0.every_minutes: '],
    ['{every_hours: 1, every_days: 1}', 'schedules.0: needs exactly one of cron, every_seconds, every_minutes'],
    [
      '{cron: 0 0 2 * * *}',
      'schedules.0.cron: must be five-field cron, such as "0 2 * * *": leave out the seconds field',
    ],
    ['{cron: 0 2 * * *}, {cron: 0 3 * * *}', 'schedules: must have different names'],
  ])('a schedule %s is refused', (schedule, problem) => {
    const problems = problemsOf(`jobs: {ttl-cleanup: {schedules: [${schedule}]}}`);
    expect(problems).toEqual([expect.stringContaining(`jobs.ttl-cleanup.${problem}`)]);
  });
});

describe('names of tables and columns', () => {
  test.each([
    ['{table: a.b.c}', 'table'],
    ['{table: ""}', 'table'],
    ['{table: "a\\nb"}', 'table'],
    ['{table: "a\\u202eb"}', 'table'],
    ['{table: t, id: a.b}', 'id'],
    ['{table: t, workspace: "w\\0"}', 'workspace'],
    ['{table: t, workspace: {path: x}}', 'workspace.path'],
    ['{table: t, expires_at: {column: e.f, type: date}}', 'expires_at.column'],
    ['{table: t, filter: {".k": v}}', 'filter..k'],
    ['{table: t, vectors: {in: row, column: v.w}}', 'vectors.column'],
    ['{table: t, vectors: {in: table, table: c, document: ""}}', 'vectors.document'],
    [`{table: t, vectors: {in: weaviate, class: C, document: 'd"'}}`, 'vectors.document'],
    ["{table: t, vectors: {in: weaviate, class: 'C d'}}", 'vectors.class'],
  ])('%s is refused', (collection, at) => {
    expect(problemsOf(`collections: {docs: ${collection}}`)).toEqual([
      expect.stringContaining(`collections.docs.${at}: `),
    ]);
  });

  test('spaces, hyphens, quotes, percent signs and other alphabets are part of a name', () => {
    const yaml = `collections:
  docs:
    table: 'My App.kb-articles "2" 100 %'
    id: [the id, 文档]
    workspace: {column: tenant-id, through: {table: '1 t', key: 'a"b', value: select}}
    expires_at: {path: meta data.expires at}
    filter: {'soft-deleted?': 'true'}`;
    expect(load(yaml).collections.find(({ name }) => name === 'docs')).toMatchObject({
      table: { schema: 'My App', name: 'kb-articles "2" 100 %' },
      id: ['the id', '文档'],
      partition: { column: 'tenant-id', through: { table: { name: '1 t' }, key: 'a"b', value: 'select' } },
      expiresAt: { column: 'meta data', keys: ['expires at'] },
      filter: [{ column: 'soft-deleted?', anyOf: ['true'] }],
    });
  });

  test.each(['Docs', 'a-b', '1a', 'a b', `a${'b'.repeat(40)}`])('a collection called %s is refused', (name) => {
    expect(problemsOf(`collections: {${JSON.stringify(name)}: {table: t}}`)).toEqual([
      `collections.${name}: must be lower-case letters, digits and underscores`,
    ]);
  });
});

test.each(['Nowhere/City', 'Berlin', ''])('the zone %j is refused by name', (zone) => {
  const yaml = `collections: {d: {table: t, expires_at: {column: e, type: naive, zone: ${JSON.stringify(zone)}}}}`;
  expect(problemsOf(yaml)).toEqual(['collections.d.expires_at.zone: must be an IANA time zone, such as Europe/Berlin']);
});

test('a time type that does not exist is named with those that do', () => {
  expect(problemsOf('collections: {d: {table: t, expires_at: {path: p.x, type: dates}}}')).toEqual([
    expect.stringMatching(/^collections\.d\.expires_at\.type: .*timestamptz.*naive.*iso_text.*date/),
  ]);
});

describe('a file that cannot be read', () => {
  test.each([
    ['a: [1', 'Flow sequence'],
    ['a: 1\na: 2', 'Map keys must be unique at line 2'],
    ['a: "unfinished', 'Missing closing'],
    ['a: *nothing', 'Unresolved alias'],
    ['a: 1\n--- \nb: 2', 'multiple documents'],
  ])('as YAML (%j) is named, with what is wrong and where', (yaml, problem) => {
    const file = fileWith(yaml);
    expect(() => loadConfig({}, { config: file })).toThrow(ConfigError);
    expect(() => loadConfig({}, { config: file })).toThrow(new RegExp(`${file}: .*${problem}`));
  });

  test('does not quote itself, for it may hold secrets', () => {
    const problems = problemsOf('database: {url: "postgres://u:hunter2@h/d\n');
    expect(problems).not.toEqual([]);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('is named when it was asked for and is not there, or is a folder', () => {
    const missing = `${fileWith('')}.not`;
    expect(() => loadConfig({}, { config: missing })).toThrow(`${missing}: the configuration file does not exist`);
    expect(() => loadConfig({ COPPICE_CONFIG: missing })).toThrow(missing);
    const folder = join(fileWith(''), '..', 'folder');
    mkdirSync(folder);
    chmodSync(folder, 0o700);
    expect(() => loadConfig({}, { config: folder })).toThrow(new RegExp(`${folder}: .*EISDIR`));
  });

  test('that is no mapping is refused with the expected form', () => {
    expect(problemsOf('- 1')).toEqual(['file: Invalid input: expected object, received array']);
    expect(problemsOf('just words')).toEqual(['file: Invalid input: expected object, received string']);
  });
});

describe('settings that contradict one another', () => {
  test('vectors in Weaviate without its address', () => {
    const yaml = 'collections: {documents: {vectors: {in: weaviate}}}';
    const problem = 'collections.documents.vectors: are in Weaviate, but WEAVIATE_URL (stores.weaviate.url) is not set';
    expect(problemsOf(yaml)).toEqual([problem]);
    expect(problemsOf(yaml, { WEAVIATE_URL: '' })).toEqual([problem]);
    expect(problemsOf(yaml, { WEAVIATE_URL: 'http://127.0.0.1:8080' })).toEqual([]);
  });

  test('a job on a collection that is not there', () => {
    const yaml = 'jobs: {ttl-cleanup: {collections: [documents, nothing]}}';
    expect(problemsOf(yaml)).toEqual(["jobs.ttl-cleanup.collections: there is no collection 'nothing'"]);
  });

  test('tables of Coppice in another database than the documents', () => {
    const env = { DATABASE_URL: 'postgres://a/a', COPPICE_DATABASE_URL: 'postgres://b/b' };
    expect(problemsOf('', env)).toEqual([expect.stringMatching(/^COPPICE_DATABASE_URL: /)]);
    expect(problemsOf('', { ...env, COPPICE_DATABASE_URL: 'postgres://a/a' })).toEqual([]);
  });
});

test.each(['Billing', '2nd', 'a_b', 'x'.repeat(41)])(
  'installation %s: the form of a name, wherever it is written',
  (name) => {
    const form = 'must be lower-case letters, digits and dashes, at most 40, a letter first';
    expect(problemsOf(`installation: "${name}"`)).toEqual([`installation: ${form}`]);
    expect(problemsOf('', { COPPICE_INSTALLATION: name })).toEqual([`COPPICE_INSTALLATION: ${form}, not '${name}'`]);
  },
);
