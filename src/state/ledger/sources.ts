import { sql } from 'kysely';
import type { Db, LookOutcome, Tx } from '../../database/schema.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';

/** The last answer of a document's source, for a conditional request. */
export interface KnownSource {
  readonly url: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly contentHash: string | null;
}

export interface RememberedSource extends KnownSource {
  /** The run that looked at it last. */
  readonly runNo: number;
}

export async function knownSources(
  db: Db,
  collection: string,
  ids: readonly string[],
): Promise<Map<string, RememberedSource>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('coppice.sources')
    .select([
      'row_id',
      'url',
      'etag',
      'last_modified as lastModified',
      'content_hash as contentHash',
      'run_no as runNo',
    ])
    .where('collection', '=', collection)
    .where(sql<boolean>`row_id = any(${ids}::text[])`)
    .execute();
  return new Map(rows.map(({ row_id: id, ...known }) => [id, known]));
}

/** One document looked at in a run. */
export interface Look {
  readonly id: string;
  readonly outcome: LookOutcome;
  readonly reason: string | null;
  /** Replaces what was known; `null` leaves it as it was. */
  readonly known: KnownSource | null;
}

export async function recordLooks(
  tx: Tx,
  collection: string,
  at: LedgerAddress & { readonly epoch: number },
  looks: readonly Look[],
): Promise<void> {
  const seen = looks.filter(({ known }) => known !== null);
  const left = looks.filter(({ known }) => known === null);
  if (seen.length > 0) {
    const rows = seen.map(({ id, outcome, reason, known }) => ({
      ...{ row_id: id, outcome, reason },
      ...{ url: known?.url, etag: known?.etag, last_modified: known?.lastModified, content_hash: known?.contentHash },
    }));
    await sql`insert into coppice.sources as s
        (collection, row_id, url, etag, last_modified, content_hash, run_no, part_no, epoch, outcome, reason)
      select ${collection}, n.row_id, n.url, n.etag, n.last_modified, n.content_hash,
        ${at.runNo}, ${at.partNo}, ${at.epoch}, n.outcome, n.reason
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n (row_id text, url text, etag text,
        last_modified text, content_hash text, outcome text, reason text)
      on conflict (collection, row_id) do update set url = excluded.url, etag = excluded.etag,
        last_modified = excluded.last_modified, content_hash = excluded.content_hash, looked_at = now(),
        run_no = excluded.run_no, part_no = excluded.part_no, epoch = excluded.epoch, outcome = excluded.outcome,
        reason = excluded.reason`.execute(tx);
  }
  if (left.length > 0) {
    const rows = left.map(({ id, outcome, reason }) => ({ row_id: id, outcome, reason }));
    await sql`insert into coppice.sources as s (collection, row_id, run_no, part_no, epoch, outcome, reason)
      select ${collection}, n.row_id, ${at.runNo}, ${at.partNo}, ${at.epoch}, n.outcome, n.reason
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n (row_id text, outcome text, reason text)
      on conflict (collection, row_id) do update set looked_at = now(), run_no = excluded.run_no,
        part_no = excluded.part_no, epoch = excluded.epoch, outcome = excluded.outcome,
        reason = excluded.reason`.execute(tx);
  }
}

/** Documents that failed in this run, whichever activity looked at them. */
export function failedLooks(db: Db, collection: string, at: LedgerAddress) {
  return db
    .selectFrom('coppice.sources')
    .select(['row_id as id', 'epoch', 'reason'])
    .where('run_no', '=', at.runNo)
    .where('part_no', '=', at.partNo)
    .where('collection', '=', collection)
    .where('outcome', '=', 'failed')
    .orderBy('row_id')
    .execute();
}

export interface LeftAlone {
  readonly collection: string;
  readonly id: string;
  readonly outcome: LookOutcome;
  readonly reason: string | null;
}

/** Documents of a run that were not refreshed, and why, the first hundred; until a later run looks at them again. */
export function leftAlone(db: Db, runNo: number): Promise<LeftAlone[]> {
  return db
    .selectFrom('coppice.sources')
    .select(['collection', 'row_id as id', 'outcome', 'reason'])
    .where('run_no', '=', runNo)
    .where(sql<boolean>`outcome not in ('refreshed', 'unchanged')`)
    .orderBy('part_no')
    .orderBy('row_id')
    .limit(100)
    .execute();
}
