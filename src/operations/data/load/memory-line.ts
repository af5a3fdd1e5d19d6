import { z } from 'zod';
import { identifier, instant, name, type Reading, readLine, text, typed, vector } from './line-fields.ts';
import type { InputLine } from './lines-of-file.ts';

const maxIdBytes = 1_500;
const number = z.number({ error: typed('a number') });

const memoryLine = z.strictObject(
  {
    id: identifier(maxIdBytes),
    user: name,
    bot: text.nullish(),
    content: text.nullish(),
    content_hash: text.nullish(),
    tier: text.nullish(),
    score: number.nullish(),
    created_at: instant.nullish(),
    last_accessed_at: instant.nullish(),
    access_count: number.int('must be a whole number').min(0, 'must be at least 0').nullish(),
    pinned: z.boolean({ error: typed('true or false') }).nullish(),
    links: z.array(text, { error: typed('a list of ids') }).nullish(),
    expires_at: instant.nullish(),
    vector: vector.nullish(),
  },
  { error: 'is not an object' },
);

/** One memory as a line of a file holds it. `null` is the same as absent. */
export type MemoryLine = z.output<typeof memoryLine>;

export function readMemoryLine(line: InputLine): Reading<MemoryLine> {
  return readLine<MemoryLine>(memoryLine, line);
}
