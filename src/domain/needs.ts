import { fieldOf, kindOf } from './mapped-fields.ts';
import type { CollectionMapping } from './mapping.ts';
import { type Needs, type RowFieldName, rowFields } from './row-fields.ts';
import { isComposite } from './row-id.ts';

/** Why a job with these needs does not sweep the collection, as a clause; `null` when it does. */
export function whyNotSwept(mapping: CollectionMapping, needs: Needs): string | null {
  const kind = kindOf(mapping);
  const fields = needs[kind];
  if (fields === undefined)
    return `it is a collection of ${kind}, and the job works on ${Object.keys(needs).join(' and ')}`;
  const isMapped = (name: RowFieldName) => fieldOf(mapping, name) !== null;
  const unmet = fields.find((need) => !(typeof need === 'string' ? isMapped(need) : need.some(isMapped)));
  const missing = unmet === undefined || typeof unmet === 'string' ? unmet : unmet[0];
  return missing === undefined ? null : `no \`${missing}\` is mapped: ${rowFields[missing].unknown}`;
}

/** Why the chunks of the collection cannot be written anew, as a clause; `null` when they can. */
export function whyNotRewritable(mapping: CollectionMapping): string | null {
  if (mapping.document !== null) return 'several rows make a document: only their application knows how to cut it anew';
  if (isComposite(mapping)) return 'its id is several columns: a chunk names its document by one';
  if (mapping.vectors.in === 'row') return "its vectors are in the rows: there is no place for a document's chunks";
  return null;
}
