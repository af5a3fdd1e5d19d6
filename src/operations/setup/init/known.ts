import { arrivalKey, expiryKey } from './dates.ts';
import type { SettingLine } from './findings.ts';
import { type LiveTable, typeOf } from './live-tables.ts';
import { type MetadataKeys, shareOf } from './metadata-keys.ts';

/** The JSON column whose keys tell more of a shape. */
export const metadataColumns = { mem0: 'payload', langchain: 'cmetadata', llamaindex: 'metadata_' } as const;

export type KnownShape = keyof typeof metadataColumns;

const abouts: Readonly<Record<KnownShape, string>> = {
  mem0: 'mem0 on pgvector; a row is a memory with its vector',
  langchain: "LangChain's PGVector; a row is a chunk with its vector",
  llamaindex: "LlamaIndex's PGVectorStore; a row is a chunk with its vector",
};

export function aboutOf(shape: KnownShape): string {
  return abouts[shape];
}

/** Settings of `coppice.yaml` for a table with a known shape. The preset decides what the sampled keys do not show. */
export function settingsOf(shape: KnownShape, table: LiveTable, sample: MetadataKeys | null): SettingLine[] {
  const column = metadataColumns[shape];
  const head: SettingLine[] = [
    {
      key: 'preset',
      value: shape,
      comments: ['How this kind of application keeps its data. A line below overrides it.'],
    },
    { key: 'table', value: `${table.schema}.${table.name}`, comments: [] },
  ];
  const ownDates = shape === 'mem0' ? [] : dateLines(column, sample);
  return [...head, ...partLines(shape, table, sample), ...ownDates, ageLine(shape)];
}

function partLines(shape: KnownShape, table: LiveTable, sample: MetadataKeys | null): SettingLine[] {
  switch (shape) {
    case 'mem0':
      return mem0Lines(sample);
    case 'langchain':
      return [...langchainLines(table), documentLine('cmetadata', 'source', sample)];
    case 'llamaindex':
      return [ownerLine(sample), documentLine('metadata_', 'ref_doc_id', sample)];
  }
}

const mem0Owners = ['user_id', 'agent_id', 'run_id'] as const;

/** mem0 knows three owners. The one that most memories have parts them; memories without it are never touched. */
function mem0Lines(sample: MetadataKeys | null): SettingLine[] {
  const [owner] = mem0Owners.toSorted((a, b) => shareOf(sample, b) - shareOf(sample, a));
  const others = mem0Owners.filter((one) => one !== owner).map((one) => `payload.${one}`);
  return [
    {
      key: 'workspace',
      value: { path: `payload.${owner}` },
      comments: [
        `Whose a memory is: runs work owner by owner. ${coverage(sample, owner ?? 'user_id')}`,
        `Memories without it are counted and never touched; ${others.join(' or ')} would take those instead.`,
      ],
    },
    {
      key: 'expires_at',
      value: { path: 'payload.expiration_date', type: 'date' },
      comments: [
        'A memory is due when this day has ended in UTC, as in mem0.',
        'Without the date, or if it cannot be read, it stays.',
      ],
    },
  ];
}

/** The schema of the collections is that of the embeddings; tables of before 2024 have the id in another column. */
function langchainLines(table: LiveTable): SettingLine[] {
  const collections = `${table.schema}.langchain_pg_collection`;
  const id: SettingLine[] =
    typeOf(table, 'id') === null
      ? [{ key: 'id', value: 'uuid', comments: ['The table is of an older LangChain, whose ids are here.'] }]
      : [];
  const through = { table: collections, key: 'uuid', value: 'name' };
  return [
    ...id,
    {
      key: 'workspace',
      value: { column: 'collection_id', through },
      comments: ['Whose a chunk is: runs work collection by collection, by its name.'],
    },
  ];
}

const documentKeys = ['source', 'doc_id', 'document_id', 'file_path', 'file_name', 'filename', 'url', 'path'] as const;

function documentLine(column: string, usual: string, sample: MetadataKeys | null): SettingLine {
  const ranked = [usual, ...documentKeys].filter((key) => shareOf(sample, key) >= 0.5);
  const key = sample === null || sample.rows === 0 ? usual : ranked[0];
  const rule = 'Chunks of one document go together, once all of them are due.';
  if (key === undefined) {
    return {
      key: 'document',
      value: null,
      comments: [rule, `No key of ${column} names the document in most rows: each row is a document of its own.`],
    };
  }
  return { key: 'document', value: { path: `${column}.${key}` }, comments: [`${rule} ${coverage(sample, key)}`] };
}

const ownerKeys = ['tenant', 'tenant_id', 'workspace', 'workspace_id', 'user_id', 'customer_id', 'org_id', 'namespace'];

function ownerLine(sample: MetadataKeys | null): SettingLine {
  const owner = ownerKeys.find((key) => shareOf(sample, key) >= 0.9);
  const comments =
    owner === undefined
      ? [
          'LlamaIndex names no owner: the kind of node makes the whole table one partition. A key of your own is better.',
        ]
      : [`Whose a chunk is: runs work owner by owner. ${coverage(sample, owner)}`];
  return { key: 'workspace', value: { path: `metadata_.${owner ?? '_node_type'}` }, comments };
}

function dateLines(column: string, sample: MetadataKeys | null): SettingLine[] {
  const expiry = expiryKey(sample);
  const arrival = arrivalKey(sample);
  const due: SettingLine = {
    key: 'expires_at',
    value: { path: `${column}.${expiry?.key ?? 'expires_at'}`, type: expiry?.type ?? 'iso_text' },
    comments:
      expiry === null
        ? ['No key of the sampled rows holds an expiry date. Rows in which you write this key expire by it.']
        : [
            `A row is due when this has passed. ${coverage(sample, expiry.key)}`,
            'Without it, or if it cannot be read, a row stays.',
          ],
  };
  if (arrival === null) return [due];
  const value = { path: `${column}.${arrival.key}`, type: arrival.type };
  return [due, { key: 'fetched_at', value, comments: ['When a row came: only max_age_days looks at it.'] }];
}

function ageLine(shape: KnownShape): SettingLine {
  const what = shape === 'mem0' ? 'Memories without the date' : 'Rows without the date, given fetched_at,';
  return {
    key: 'max_age_days',
    value: 365,
    off: true,
    comments: [`${what} go when they are older than so many days. Off until set.`],
  };
}

function coverage(sample: MetadataKeys | null, key: string): string {
  if (sample === null || sample.rows === 0) return 'No row was sampled.';
  const percent = Math.round(shareOf(sample, key) * 1_000) / 10;
  return `${percent} % of ${sample.rows} sampled rows have it.`;
}
