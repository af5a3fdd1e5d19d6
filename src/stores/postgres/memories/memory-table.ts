import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { idText, lacksId } from '../../../database/row-ids.ts';
import type { Db } from '../../../database/schema.ts';
import { lookSubject } from '../../../domain/consolidation/memory.ts';
import { requiredField } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { isAnswered } from '../../../state/proposals/answered.ts';
import type { LookTerms, MemoryTable, MemoryUser, VectorMemory } from '../../ports/memory-table.ts';
import { textOf } from '../fields.ts';
import { instant, isPinned, optionalText, written } from '../rules/memory-fields.ts';
import { numberOf } from '../rules/stored-values.ts';
import { hasReadableJson, inCollection } from '../scope.ts';
import type { LiveTable } from '../table.ts';
import { latestQuestions } from './latest-questions.ts';
import { isRewritable } from './rewritable.ts';
import { vectorOf } from './vector-column.ts';

/** A collection of memories in PostgreSQL. */
export function createMemoryTable({ mapping, rows, chunks, questions = [] }: LiveTable): MemoryTable {
  return {
    problems: async () =>
      vectorProblems(mapping, (mapping.vectors.in === 'table' ? chunks?.source : rows)?.columns ?? []),
    unlooked: (db, terms, limit) => unlookedUsers(db, mapping, terms, limit),
    users: async (db, bot) => {
      const { rows } =
        await sql<MemoryUser>`select * from (${usersOf(mapping, bot)}) u order by "user" collate "C"`.execute(db);
      return rows;
    },
    read: (db, user, { bot }, most) => readMemories(db, mapping, { user, bot, most }),
    questions: async (db, user) => {
      const found = await Promise.all(questions.map((one) => readQuestions(db, one, user)));
      return found.flat();
    },
  };
}

function vectorProblems(
  { name, vectors }: CollectionMapping,
  columns: readonly { readonly name: string; readonly type: string }[],
): string[] {
  if (vectors.in === 'none') return [`collections.${name}: no vectors are mapped, and memories are compared by them`];
  if (vectors.in === 'weaviate') return [];
  const column = vectors.in === 'row' ? vectors.column : vectors.vector;
  const type = columns.find((one) => one.name === column)?.type ?? '';
  if (/^(\w+\.)?(vector|halfvec)\b/.test(type)) return [];
  return [`collections.${name}: column ${column} is of type ${type || 'unknown'}, not vector or halfvec of pgvector`];
}

/** Whether the row `d` is a memory that can be compared. */
function isMemory(mapping: CollectionMapping, bot: string | null): RawBuilder<boolean> {
  const ofBot = bot === null ? sql`true` : sql`coalesce(${optionalText('d', mapping, 'bot')}, '') = ${bot}`;
  return sql`(${inCollection('d', mapping)} and not (${lacksId('d', mapping)}) and ${hasReadableJson('d', mapping)}
    and coalesce(${textOf('d', mapping.partition)}, '') <> '' and ${ofBot}
    and coalesce(${textOf('d', requiredField(mapping, 'content'))}, '') <> '')`;
}

/** Users with several memories, each with a digest of all that is compared. */
function usersOf(mapping: CollectionMapping, bot: string | null): RawBuilder<unknown> {
  const said = sql`concat_ws(e'\x1f', ${idText('d', mapping)}, ${textOf('d', requiredField(mapping, 'content'))},
    ${optionalText('d', mapping, 'bot')}, ${optionalText('d', mapping, 'session')}, ${optionalText('d', mapping, 'pinned')})`;
  return sql`select "user", count(*)::int8 as memories,
      count(*)::text || '.' || bit_xor(hashtextextended(said, 0))::text || '.' || bit_xor(hashtextextended(said, 1))::text as data
    from (select ${textOf('d', mapping.partition)} as "user", ${said} as said from ${tableRef(mapping.table)} d
      where ${isMemory(mapping, bot)}) d
    group by "user" having count(*) > 1`;
}

async function unlookedUsers(
  db: Db,
  mapping: CollectionMapping,
  terms: LookTerms,
  limit: number,
): Promise<readonly MemoryUser[]> {
  const { job, bot } = terms;
  const subject = sql`${lookSubject(bot)}`;
  const { rows } = await sql<MemoryUser>`
    select * from (${usersOf(mapping, bot)}) u
    where not ${isAnswered(mapping.name, terms, { partition: sql`u."user"`, subject, data: sql`u.data` })}
    order by (select max(q.answered_at) from coppice.proposals q
        where q.job = ${job} and q.collection = ${mapping.name} and q.partition = u."user" and q.subject = ${subject}) nulls first, "user" collate "C"
    limit ${limit}`.execute(db);
  return rows;
}

interface MemoryRow extends Omit<VectorMemory, 'vector'> {
  readonly vector: Buffer | null;
}

async function readMemories(
  db: Db,
  mapping: CollectionMapping,
  { user, bot, most }: { readonly user: string; readonly bot: string | null; readonly most: number },
): Promise<readonly VectorMemory[]> {
  const vector = vectorOf('d', mapping);
  // A database whose vectors are elsewhere need not have the type.
  const sent = vector === null ? sql`null::bytea` : sql`vector_send(${vector})`;
  const created = instant(written('d', mapping, 'created_at'), mapping, 'created_at');
  const { rows } = await sql<MemoryRow>`
    select ${idText('d', mapping)} as id, ${optionalText('d', mapping, 'bot')} as bot,
      ${optionalText('d', mapping, 'session')} as session, ${textOf('d', requiredField(mapping, 'content'))} as content,
      ${isPinned(optionalText('d', mapping, 'pinned'))} as pinned, ${numberOf(optionalText('d', mapping, 'score'))} as score,
      ${created} as "createdAt", ${isRewritable(mapping)} as "isRewritable", ${sent} as vector
    from ${tableRef(mapping.table)} d
    where ${textOf('d', mapping.partition)} = ${user} and ${isMemory(mapping, bot)}
    order by ${idText('d', mapping)} collate "C" limit ${sql.lit(most)}`.execute(db);
  return rows.map(({ vector: bytes, ...memory }) => ({ ...memory, vector: bytes === null ? null : toVector(bytes) }));
}

async function readQuestions(db: Db, questions: CollectionMapping, user: string): Promise<readonly Float32Array[]> {
  const { rows } = await sql<{ vector: Buffer }>`
    select vector_send(q.vector) as vector from ${latestQuestions(questions, sql`${user}`)} q`.execute(db);
  return rows.map(({ vector }) => toVector(vector));
}

const headerBytes = 4;

/** As `vector_send` writes it: the dimensions and an unused word of 16 bits each, then big-endian floats. */
function toVector(bytes: Buffer): Float32Array {
  const vector = new Float32Array((bytes.length - headerBytes) / 4);
  for (let at = 0; at < vector.length; at++) vector[at] = bytes.readFloatBE(headerBytes + at * 4);
  return vector;
}
