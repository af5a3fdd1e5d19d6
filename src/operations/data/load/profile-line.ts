import { z } from 'zod';
import { identifier, instant, name, type Reading, readLine, text, typed } from './line-fields.ts';
import type { InputLine } from './lines-of-file.ts';

const maxIdBytes = 1_500;

const profileLine = z.strictObject(
  {
    id: identifier(maxIdBytes).nullish(),
    entity_id: identifier(maxIdBytes),
    entity_type: name.nullish(),
    bot_id: name.nullish(),
    category: name.nullish(),
    key: name,
    value: text,
    confidence: z
      .number({ error: typed('a number') })
      .min(0, 'must be at least 0')
      .max(1, 'must be at most 1')
      .nullish(),
    source: text.nullish(),
    updated_at: instant.nullish(),
  },
  { error: 'is not an object' },
);

/** One attribute as a line of a file holds it. `null` is the same as absent. */
export type ProfileLine = z.output<typeof profileLine>;

export function readProfileLine(line: InputLine): Reading<ProfileLine> {
  return readLine(profileLine, line);
}
