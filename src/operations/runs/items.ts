import { isLimited } from '../../domain/access.ts';
import type { SurveyJson } from '../../domain/run.ts';
import {
  type ItemSource,
  itemSources,
  type LedgerItem,
  pageOfItems,
  type SkippedSource,
} from '../../state/ledger/run-items.ts';
import { seenByJob } from '../access/visible.ts';
import { type DatabaseContext, runOf } from '../context.ts';
import { OperationError } from '../errors.ts';

export interface RunItemJson extends Omit<LedgerItem, 'part'> {
  /** The rule's reason, where the survey found the same one for all of the partition. */
  readonly reason: string | null;
}

export interface RunItemPageJson {
  readonly items: readonly RunItemJson[];
  /** Whether the token shows content. */
  readonly content: boolean;
  /** Parts of the ledger that cannot be read item by item. */
  readonly left_out: readonly SkippedSource[];
  readonly next_cursor: string | null;
}

/** The form of a cursor. Every text of this form names a place in the list. */
export const itemCursorForm = /^i[A-Za-z0-9_-]{1,12000}$/;

interface Place {
  readonly source: string;
  readonly part: number;
  readonly id: string;
  readonly field: string;
}

/**
 * Lists the ledger's entries of a run: rows and items that it removed, values that it wrote, rows that it added. Items
 * that an undo has put back are not in the ledger any more. Content is shown only to tokens that were made with it.
 */
export async function listRunItems(
  context: DatabaseContext,
  id: string,
  page: { readonly limit: number; readonly cursor: string | null },
): Promise<RunItemPageJson> {
  const run = await runOf(context, id);
  const { db, config } = context.parts;
  const content = context.content === true;
  const from = page.cursor === null ? null : decoded(page.cursor);
  const { sources, skipped } = await itemSources(db, run, config.collections, content);
  const found: { readonly item: LedgerItem; readonly source: ItemSource }[] = [];
  for (const source of sources) {
    if (from !== null && source.name < from.source) continue;
    const after = source.name === from?.source ? from : null;
    const limit = page.limit + 1 - found.length;
    const items = await pageOfItems(db, run, source, { after, limit, seen: seenByJob(context) });
    found.push(...items.map((item) => ({ item, source })));
    if (found.length > page.limit) break;
  }
  const shown = found.slice(0, page.limit);
  const last = found.length > page.limit ? shown.at(-1) : undefined;
  const reasons = reasonsOf(run.survey);
  return {
    items: shown.map(({ item: { part: _, ...item } }) => ({
      ...item,
      reason: reasons.get(keyOf(item.collection, item.partition)) ?? null,
    })),
    content,
    left_out: isLimited(context.view) ? [] : skipped,
    next_cursor: last === undefined ? null : encoded(last.source, last.item),
  };
}

/** Reasons by partition, of partitions that have only one. */
function reasonsOf(survey: SurveyJson | null): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const { collection, partition, reasons: counts } of survey?.partitions ?? []) {
    const [only, ...others] = Object.entries(counts).filter(([, count]) => count > 0);
    if (only !== undefined && others.length === 0) reasons.set(keyOf(collection, partition), only[0]);
  }
  return reasons;
}

function keyOf(collection: string, partition: string): string {
  return JSON.stringify([collection, partition]);
}

/** Occurs in no text that PostgreSQL holds. */
const separator = '\u0000';

function encoded({ name }: ItemSource, { part, id, field }: LedgerItem): string {
  return `i${Buffer.from([name, part, id, field ?? ''].join(separator)).toString('base64url')}`;
}

function decoded(cursor: string): Place {
  if (itemCursorForm.test(cursor)) {
    const text = Buffer.from(cursor.slice(1), 'base64url').toString();
    const [source = '', part = '', id = '', field = ''] = text.split(separator);
    return { source, part: /^\d{1,9}$/.test(part) ? Number(part) : 0, id, field };
  }
  const hint = 'Take next_cursor from the page before as it is.';
  throw new OperationError('usage', 'InvalidCursorError', 'this is no cursor of a list of items', hint);
}
