import { sql } from 'kysely';
import { memoryConsolidationSweepable } from '../../src/activities/memory-consolidation/index.ts';
import type { Sweepable } from '../../src/activities/sweep/sweepable.ts';
import { toMapping } from '../../src/config/mapping.ts';
import type { Db } from '../../src/database/schema.ts';
import { type Embedder, storesOwnEmbedder } from '../../src/language/embeddings/port.ts';
import type { Model } from '../../src/language/model/port.ts';
import { createSimilaritySearch } from '../../src/similarity/similarity-search.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { onCircle } from './fake-embeddings.ts';
import type { AskedModel, ModelReply } from './fake-model.ts';
import { jobRuns } from './job-runs.ts';
import { proposalStates } from './profile-runs.ts';
import type { Server, SuiteDatabase } from './stores.ts';
import { chunk, clientOf, mapped, objectsIn } from './weaviate-objects.ts';

const search = createSimilaritySearch({ threads: 1 });
let made = 0;

export interface RestatedRow {
  readonly id: string;
  readonly owner?: string;
  readonly body: string;
  /** Degrees on a circle, as a vector of two dimensions. */
  readonly angle: number | null;
  readonly score?: number;
  readonly uses?: number;
  readonly links?: readonly string[];
  readonly pinned?: boolean;
}

export interface RestatedTools {
  readonly model?: Model | null;
  readonly embedder?: Embedder;
  /** Their vectors are objects there; else a column of their rows. */
  readonly weaviate?: Server;
  /** Names of the vectors of an object, of which the first is that of the memory; without them it has the one unnamed vector. */
  readonly vectorNames?: readonly [string, ...string[]];
  readonly around?: (sweepable: Sweepable) => Sweepable;
}

/** Memories in a table of their own, and runs of `memory-consolidation` on them. */
export async function restatedMemories(
  { db }: SuiteDatabase,
  rows: readonly RestatedRow[],
  { model = null, embedder = storesOwnEmbedder, weaviate, vectorNames, around = (one) => one }: RestatedTools = {},
) {
  made += 1;
  const name = `restated_${made}`;
  const outside = weaviate === undefined ? null : await objectsOn(weaviate, `Restated${made}`, vectorNames);
  await sql
    .raw(`create table ${name} (id text primary key, owner text, body text, score float8, made timestamptz, used timestamptz,
      uses bigint, links jsonb, pinned boolean ${outside === null ? ', embedding vector(2)' : ''})`)
    .execute(db);
  const insert = async (more: readonly RestatedRow[]) => {
    for (const { id, owner = 'u', body, score = 0.5, uses = 1, links = null, pinned = null } of more) {
      await sql`insert into ${sql.id(name)} (id, owner, body, score, made, uses, links, pinned)
        values (${id}, ${owner}, ${body}, ${score}, '2026-01-01', ${uses}, ${JSON.stringify(links)}::jsonb, ${pinned})`.execute(
        db,
      );
    }
    const withVector = more.flatMap(({ angle, ...row }) =>
      angle === null ? [] : [{ ...row, vector: onCircle(angle) }],
    );
    if (outside !== null) return outside.put(withVector);
    for (const { id, vector } of withVector) {
      await sql`update ${sql.id(name)} set embedding = ${JSON.stringify(vector)}::vector where id = ${id}`.execute(db);
    }
  };
  await insert(rows);
  const queries = toMapping('asked', {
    ...{ kind: 'queries', table: `public.${name}_asked`, user: 'owner', question: 'body', asked_at: 'at' },
    vectors: { in: 'row', column: 'embedding' },
  });
  const mapping = toMapping(name, {
    ...{ kind: 'memories', table: `public.${name}`, user: 'owner', content: 'body', score: 'score' },
    ...{ created_at: 'made', last_accessed_at: 'used', access_count: 'uses', links: 'links', pinned: 'pinned' },
    vectors: outside === null ? { in: 'row', column: 'embedding' } : { in: 'weaviate', class: outside.class },
  });
  const store = createRowStore(mapping, { mappings: [mapping, queries] });
  const tools = { model, modelName: 'small', search, embedder };
  const sweepable = around(memoryConsolidationSweepable(store, outside?.vectors ?? null, tools));
  const runs = jobRuns(db, 'memory-consolidation', sweepable);
  await db.transaction().execute((tx) => store.ensureLedger(tx));
  const image = async () => {
    const found = await sql<{ row: string }>`select t::text as row from ${sql.id(name)} t order by id`.execute(db);
    return found.rows.map(({ row }) => row);
  };
  const ids = async () => {
    const found = await sql<{ id: string }>`select id from ${sql.id(name)} order by id`.execute(db);
    return found.rows.map(({ id }) => id);
  };
  const execute = (statement: string) => sql.raw(statement.replaceAll('TABLE', name)).execute(db);
  const objects = async () => (outside === null ? [] : outside.all());
  /** What a preview says, with what is due by user; `by` another role, that may not write. */
  const counted = async (by?: Db) => {
    const asked = by ?? db;
    const open = await sweepable.open(asked);
    const parameters = { max_calls: 100, max_tokens: 1_000_000 };
    const terms = { cutoff: new Date(), parameters, respectHolds: by === undefined };
    const source = await open.observe(asked, terms, null, new AbortController().signal);
    const due: Record<string, number> = {};
    await asked.transaction().execute(async (tx) => {
      for await (const page of source.count(tx)) for (const one of page) due[one.partition ?? ''] = one.due;
    });
    return { notes: source.notes ?? [], due };
  };
  const previewed = async () => (await counted()).notes;
  return {
    name,
    mapping,
    insert,
    runs,
    image,
    ids,
    execute,
    objects,
    counted,
    previewed,
    states: () => proposalStates(db, name),
  };
}

/** Objects of two chunks for each memory: the vector of the first is that of the memory. */
async function objectsOn(server: Server, name: string, named: RestatedTools['vectorNames']) {
  const mapping = mapped(name);
  const vectors = await clientOf(server).connect(mapping);
  if (named !== undefined) {
    const property = (of: string) => ({ name: of, dataType: ['text'], tokenization: 'field' });
    await clientOf(server).call('POST', '/schema', {
      ...{ class: name, invertedIndexConfig: { indexTimestamps: true } },
      vectorConfig: Object.fromEntries(
        named.map((one) => [one, { vectorizer: { none: {} }, vectorIndexType: 'hnsw' }]),
      ),
      properties: ['document_id', 'workspace', 'chunk_id', 'text'].map(property),
    });
  }
  await vectors.ensure();
  const [first = 'default', ...others] = named ?? [];
  return {
    ...{ class: name, vectors },
    all: () => objectsIn(server.url, name),
    put: async (rows: readonly { id: string; owner?: string; body: string; vector: readonly number[] }[]) => {
      for (const [owner, own] of Map.groupBy(rows, (row) => row.owner ?? 'u')) {
        const images = own.flatMap(({ id, body, vector }) =>
          [vector, onCircle(200)].map((one, at) => ({
            ...chunk(owner, id, at, body),
            vectors: {
              [first]: one.map(Math.fround),
              ...Object.fromEntries(others.map((other) => [other, [1, 0]])),
            },
          })),
        );
        await vectors.put(owner, images);
      }
    },
  };
}

/** Answers every pair of a question with a verdict. */
export function answering(verdictOf: (one: string, other: string) => string) {
  return ({ user }: AskedModel): ModelReply => {
    const pairs = user
      .split('\n')
      .slice(1, -1)
      .map((line): { pair: number; one: string; other: string } => JSON.parse(line));
    return {
      content: { verdicts: pairs.map(({ pair, one, other }) => ({ pair, verdict: verdictOf(one, other) })) },
    };
  };
}

/** Two that say the same, of one user, and two others with links. */
export const restated: readonly RestatedRow[] = [
  { id: 'a', body: 'Drinks coffee.', angle: 0, score: 0.9, uses: 2, links: ['z'] },
  { id: 'b', body: 'drinks coffee', angle: 1, uses: 3, links: ['y'] },
  { id: 'y', body: 'Lives in Berlin', angle: 90, links: ['b'] },
  { id: 'z', body: 'Has a cat', angle: 180 },
];
