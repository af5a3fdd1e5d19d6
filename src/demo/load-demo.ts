import { sql } from 'kysely';
import type { Parts } from '../assemble.ts';
import { tableRef } from '../database/identifiers.ts';
import type { Db } from '../database/schema.ts';
import type { CollectionMapping } from '../domain/mapping.ts';
import { loadTarget } from '../operations/data/load/target.ts';
import { type DocumentLine, loadDocuments } from '../operations/data/load-documents.ts';
import { demoDocuments, expiredDates, freshDates } from './corpus.ts';
import { packageRoots } from './markdown-files.ts';

export interface DemoResult {
  readonly collection: string;
  /** `first`: the collection was empty. `again`: it held the demo's documents. `left_alone`: it holds others only. */
  readonly outcome: 'first' | 'again' | 'left_alone';
  readonly loaded_documents: number;
  readonly loaded_vectors: number;
  /** Documents of the demo that are due now and not on hold. */
  readonly due_documents: number;
}

/**
 * So many are due after a later start. A whole tenth each time would, after some starts, exceed what the brake lets go
 * within a week.
 */
const dueAgain = 3;
/** As the job has it: what was fetched longer ago and has no end is due too. */
const maxAgeDays = 90;

/** State of a document, by its id: whether it exists, is due, or is on hold. */
interface Known {
  readonly stands: boolean;
  readonly due: boolean;
  readonly held: boolean;
}

/** Fills an empty collection with the demo's documents; later brings back what is gone, and lets a few expire. */
export async function loadDemo(
  parts: Parts,
  now: Date,
  roots: readonly string[] = packageRoots(import.meta.url),
): Promise<DemoResult> {
  const { mapping } = await loadTarget(parts, undefined);
  const corpus: DocumentLine[] = [];
  for await (const document of demoDocuments(roots, now)) corpus.push(document);
  const known = await knownDocuments(parts.db, mapping, now);
  const isEmpty = ![...known.values()].some((one) => one.stands);
  const isOurs = corpus.some(({ id }) => known.has(id));
  const outcome = isOurs ? 'again' : isEmpty ? 'first' : 'left_alone';
  const chosen = outcome === 'again' ? refresh(corpus, known, now) : outcome === 'first' ? corpus : [];
  const result = await loadDocuments(parts, linesOf(chosen), { collection: mapping.name });
  const after = await knownDocuments(parts.db, mapping, now);
  return {
    collection: mapping.name,
    outcome,
    loaded_documents: result.loaded_documents,
    loaded_vectors: result.loaded_vectors,
    due_documents: corpus.filter(({ id }) => isDue(after.get(id))).length,
  };
}

/**
 * Returns the documents that are missing, and as many existing ones as it takes for a few to be due. Documents on hold
 * stay as they are.
 */
function refresh(corpus: readonly DocumentLine[], known: ReadonlyMap<string, Known>, now: Date): DocumentLine[] {
  const free = corpus
    .map((document, at) => ({ document, at, known: known.get(document.id) }))
    .filter((one) => one.known?.held !== true);
  const gone = free.filter((one) => one.known === undefined);
  const standing = free.filter((one) => one.known?.due === false);
  const missingDue = Math.max(0, dueAgain - corpus.filter(({ id }) => isDue(known.get(id))).length);
  const expiring = [...gone, ...standing].slice(0, missingDue);
  const fresh = gone.filter((one) => !expiring.includes(one));
  return [
    ...expiring.map(({ document }) => ({ ...document, ...expiredDates(now) })),
    ...fresh.map(({ document, at }) => ({ ...document, ...freshDates(at, now) })),
  ];
}

function isDue(known: Known | undefined): boolean {
  return known?.due === true && !known.held;
}

async function knownDocuments(db: Db, mapping: CollectionMapping, now: Date): Promise<Map<string, Known>> {
  const { rows } = await sql<Known & { readonly id: string }>`
    select coalesce(d.id, h.row_id) as id, d.id is not null as stands, h.row_id is not null as held,
      coalesce(d.expires_at <= ${now}::timestamptz
        or (d.expires_at is null and d.fetched_at < ${now}::timestamptz - make_interval(days => ${maxAgeDays})), false) as due
    from ${tableRef(mapping.table)} d
    full join (select row_id from coppice.holds where collection = ${mapping.name}) h on h.row_id = d.id`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

async function* linesOf(documents: readonly DocumentLine[]): AsyncGenerator<string> {
  for (const document of documents) yield JSON.stringify(document);
}
