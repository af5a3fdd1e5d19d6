import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { type EnvironmentVariable, environment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { code, page, table } from './markdown.ts';
import { choices, isObject, readFileSchema, type Schema } from './schema.ts';
import { settings } from './settings.ts';

/** docs/configuration.md: every key of coppice.yaml, and every environment variable. */
export function configurationPage(): string {
  const writer = new Writer(defaultConfig());
  const file = readFileSchema();
  const collection = choices(inside(property(file, 'collections'))).find(isObject) ?? {};
  const graphs = choices(inside(property(file, 'graphs'))).filter(isObject);
  const { jobs, collections: _, graphs: __, ...rest } = file.properties ?? {};
  const [job = {}] = Object.values(jobs?.properties ?? {});
  const parts = [
    'Flags go before the environment, the environment before the file, the file before the defaults. Everything is ' +
      'checked at start, and every problem is named at once. A key that is not known is an error. ' +
      '`coppice config show` prints what is in force, without secrets.',
    'The file is `coppice.yaml` in the working directory, or the one that `--config` or `COPPICE_CONFIG` names. ' +
      '[mapping.md](mapping.md) explains collections with examples.',
    "## Coppice's own settings",
    writer.table(writer.rows({ properties: rest }, '')),
    '### `api.oidc.users`',
    'A list. A user has the rights of the first rule that names the subject, or a claim that the token has.',
    writer.table(
      writer.rows(
        inside(property(property(property({ properties: rest }, 'api'), 'oidc'), 'users')),
        'api.oidc.users[]',
      ),
    ),
    '## `collections.NAME`',
    'NAME: lower-case letters, digits and underscores, at most 40. Where neither `collections` nor `graphs` is ' +
      "configured there is one, `documents`, in Coppice's own tables. An empty entry (`documents: {}`) takes the defaults.",
    writer.table(writer.rows(collection, 'collections.*', ['vectors'])),
    'A *field* is the name of a column, `{column: NAME}`, or `{path: COLUMN.KEY}` for a key of a JSON column (with more ' +
      'keys for deeper ones). A *time field* takes `type` and `zone` besides:',
    table(
      ['type', 'a point in time is written as'],
      [
        ['timestamptz', 'a column of that type (default)'],
        ['naive', 'a timestamp without a zone, read in `zone` (an IANA name, default `UTC`)'],
        ['iso_text', 'ISO 8601 text (default for a path); without an offset it is read in `zone`'],
        ['date', 'a day, which lasts until it ends in UTC'],
        ['epoch_s', 'seconds since 1970-01-01 UTC: a column of numbers or text, or a number or text in a path'],
        ['epoch_ms', 'milliseconds since 1970-01-01 UTC, likewise'],
      ].map(([name = '', meaning = '']) => [code(name), meaning]),
    ),
    '### `collections.NAME.children`',
    'A list. [mapping.md](mapping.md#tables-whose-rows-belong-to-a-row) explains it with examples.',
    writer.table(writer.rows(inside(property(collection, 'children')), 'collections.*.children[]', ['children'])),
    '### `collections.NAME.vectors`',
    ...choices(property(collection, 'vectors')).flatMap((one) => writer.vectors(one)),
    '## `graphs.NAME`',
    'NAME as above, and none that a collection has. Where neither `collections` nor `graphs` is configured there is one, ' +
      "`graph`, in Coppice's own tables. A part that is not said is that of the default schema; `null` says that there is " +
      'none. [graphs.md](graphs.md) explains graphs with examples.',
    ...graphs.flatMap((one) => writer.graph(one)),
    '### `graphs.NAME.vectors` elsewhere',
    'In Weaviate, or for a graph of Neo4j or FalkorDB in a table of PostgreSQL.',
    ...vectorsElsewhere(graphs).flatMap((one) => writer.elsewhere(one)),
    'A *time* of PostgreSQL is a time field as above; of Neo4j, FalkorDB and Weaviate a property, or ' +
      '`{property: NAME, type: TYPE}` with `datetime`, `iso_text` or `epoch_ms`.',
    '## `jobs.JOB`',
    'JOB is the id of a job in [jobs.md](jobs.md).',
    writer.table(writer.rows(job, 'jobs.*', ['parameters', 'schedules'])),
    '### `jobs.JOB.schedules`',
    'A list. Each needs exactly one of `cron`, an interval (`every_seconds`, `every_minutes`, `every_hours` or ' +
      '`every_days`) and `once`. Names within a job differ.',
    writer.table(writer.rows(inside(property(job, 'schedules')), 'jobs.*.schedules[]', ['parameters'])),
    '## Environment',
    'An empty variable counts as absent.',
    environmentTable((one) => one.readBy === 'coppice'),
    "Read by Temporal's own configuration library, as the `temporal` command does (the list is not complete; a profile " +
      'can say the same):',
    environmentTable((one) => one.readBy === 'temporal'),
    "Read by OpenTelemetry's libraries, where an endpoint for traces is set (the list is not complete):",
    environmentTable((one) => one.readBy === 'opentelemetry'),
    'Accepted from systems that teams come from. They go before the file:',
    environmentTable((one) => one.readBy === 'alias'),
  ];
  writer.complete();
  return page('Configuration', 'src/config/file-schema.ts and src/config/environment.ts', parts);
}

/** The shapes of vectors that are not where the graph is, once each. */
function vectorsElsewhere(graphs: readonly Schema[]): Schema[] {
  const shapes = graphs.flatMap((graph) => choices(property(graph, 'vectors')).filter(isObject));
  const named = shapes.filter(({ required }) => required?.includes('in') === true);
  return [...new Map(named.map((shape) => [placeOf(shape), shape])).values()];
}

function placeOf(shape: Schema): string {
  return String(shape.properties?.in?.const);
}

/** Configuration without any setting. */
function defaultConfig(): Config {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-docs-'));
  try {
    const file = join(folder, 'coppice.yaml');
    writeFileSync(file, '');
    return loadConfig({}, { config: file });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Rows of the tables; holds schema and texts to each other. */
class Writer {
  readonly #config: Config;
  readonly #used = new Set<string>();

  constructor(config: Config) {
    this.#config = config;
  }

  /** One row a key; sections within are walked, but for those that are described apart. */
  rows(schema: Schema, prefix: string, apart: readonly string[] = []): string[][] {
    return Object.entries(schema.properties ?? {}).flatMap(([name, one]) => {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      const section = isObject(one) && !apart.includes(name);
      return section ? this.rows(one, path) : [this.#row(path, one)];
    });
  }

  table(rows: readonly (readonly string[])[]): string {
    return table(['key', 'type', 'default', 'meaning'], rows);
  }

  /** One kind of graph, part by part. */
  graph(schema: Schema): string[] {
    const { in: place, ...parts } = schema.properties ?? {};
    this.#text('graphs.*.in');
    const rows = Object.entries(parts).flatMap(([name, one]) => {
      const section = choices(one).find(isObject);
      if (section === undefined) return [this.#row(`graphs.*.${name}`, one)];
      return Object.entries(section.properties ?? {}).map(([leaf, leafSchema]) =>
        this.#row(`graphs.*.${name}.${leaf}`, leafSchema),
      );
    });
    return [`### \`in: ${String(place?.const)}\``, this.table(rows)];
  }

  elsewhere(schema: Schema): string[] {
    const { in: _, ...rest } = schema.properties ?? {};
    const prefix = `graphs.*.vectors.${placeOf(schema)}`;
    const rows = Object.entries(rest).map(([name, one]) => {
      const [, ...cells] = this.#row(`${prefix}.${name}`, one);
      return [code(name), ...cells];
    });
    return [`\`in: ${placeOf(schema)}\``, this.table(rows)];
  }

  vectors(schema: Schema): string[] {
    const { in: place, ...rest } = schema.properties ?? {};
    const name = String(place?.const);
    const { meaning } = this.#text(`vectors.${name}`);
    const rows = this.rows({ properties: rest }, `vectors.${name}`).map(([path = '', ...cells]) => [
      path.replace(`vectors.${name}.`, ''),
      ...cells,
    ]);
    return [`\`in: ${name}\`. ${meaning}`, this.table(rows)];
  }

  /** Every text belongs to a setting. */
  complete(): void {
    const unused = Object.keys(settings).filter((path) => !this.#used.has(path));
    if (unused.length > 0)
      throw new Error(`tools/docs/settings.ts describes what does not exist: ${unused.join(', ')}`);
  }

  #row(path: string, schema: Schema): string[] {
    const { meaning, default: given } = this.#text(path);
    const shown = schema.default === undefined ? given : `\`${String(schema.default)}\``;
    const name = path.replace(/^(collections|graphs|jobs)\.\*(\.schedules\[\])?\./, '');
    return [code(name), typeName(schema), typeof shown === 'function' ? shown(this.#config) : (shown ?? ''), meaning];
  }

  #text(path: string) {
    const text = settings[path];
    if (text === undefined) throw new Error(`tools/docs/settings.ts says nothing of ${path}`);
    this.#used.add(path);
    return text;
  }
}

function property(schema: Schema, name: string): Schema {
  return schema.properties?.[name] ?? {};
}

/** Schema of the elements of a list or a map. */
function inside(schema: Schema): Schema {
  const { additionalProperties: values } = schema;
  return schema.items ?? (typeof values === 'object' ? values : {});
}

function typeName(schema: Schema): string {
  const all = choices(schema);
  const objects = all.filter(isObject);
  const nullable = all.some((one) => one.type === 'null') ? ' or `null`' : '';
  if (objects.some((one) => one.properties?.in !== undefined)) return 'see below';
  if (objects.some((one) => one.properties?.path !== undefined)) {
    return `${objects.some((one) => one.properties?.zone !== undefined) ? 'time field' : 'field'}${nullable}`;
  }
  return all.map(simpleType).join(' or ');
}

function simpleType(schema: Schema): string {
  const { type, said, enum: values, minimum, maximum, exclusiveMinimum, minItems } = schema;
  if (schema.const !== undefined) return code(String(schema.const));
  if (values !== undefined) return values.map((one) => code(String(one))).join(', ');
  if (type === 'null') return '`null`';
  if (type === 'array') return `list of ${typeName(inside(schema))}${minItems === undefined ? '' : `, not empty`}`;
  if (type === 'object') return isObject(schema) ? 'section' : `map to ${typeName(inside(schema))}`;
  if (said !== undefined && said.length > 0)
    return said.map((one) => one.replace(/^must be an? |^must be /, '')).join('; ');
  if (schema.format === 'uri') return 'URL';
  if (schema.format === 'date-time') return 'ISO 8601 instant with offset';
  const words = [type === 'string' ? 'text' : (type ?? 'anything')];
  if (minimum !== undefined && Number.isSafeInteger(minimum) && minimum !== Number.MIN_SAFE_INTEGER)
    words.push(`at least ${minimum}`);
  if (exclusiveMinimum !== undefined) words.push(`above ${exclusiveMinimum}`);
  if (maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER) words.push(`at most ${maximum}`);
  return words.join(', ');
}

function environmentTable(wanted: (one: EnvironmentVariable) => boolean): string {
  return table(
    ['variable', 'meaning', 'setting', 'flag'],
    environment
      .filter(wanted)
      .map((one) => [code(one.name), one.meaning, code(one.setting ?? ''), code(one.flag ?? '')]),
  );
}
