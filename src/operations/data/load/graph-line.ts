import { z } from 'zod';
import { whyNoGroupId } from '../../../domain/group-id.ts';
import type { GraphLine } from '../../../stores/ports/graph-loading.ts';
import { identifier, instant, type Reading, readLine, text, vector } from './line-fields.ts';
import type { InputLine } from './lines-of-file.ts';

const maxIdBytes = 1_000;
const id = identifier(maxIdBytes);

const group = text.superRefine((value, context) => {
  const problem = whyNoGroupId(value);
  if (problem !== null) context.addIssue(problem);
});

const dates = { created_at: instant.optional(), deprecated_at: instant.optional() };
const described = { name: text.optional(), summary: text.optional(), embedding: vector.optional() };
const base = { group_id: group, ...dates, ...described };

const graphLine = z.discriminatedUnion('type', [
  z.strictObject({ ...base, type: z.literal('document'), id }),
  z.strictObject({ ...base, type: z.literal('entity'), id, entity_type: text.optional() }),
  z.strictObject({
    group_id: group,
    type: z.literal('mention'),
    document: id,
    entity: id,
    created_at: dates.created_at,
  }),
  z.strictObject({
    ...{ ...base, type: z.literal('relation'), id, source: id, target: id, document: id.optional() },
    weight: z.number().min(0, 'must be at least 0').optional(),
  }),
  z.strictObject({ ...base, type: z.literal('vector'), id, document: id.optional(), entity: id.optional() }),
]);

/** A line of `coppice load graph`; what is wrong with it is one short sentence. */
export function readGraphLine(line: InputLine): Reading<GraphLine> {
  return readLine<GraphLine>(graphLine, line);
}
