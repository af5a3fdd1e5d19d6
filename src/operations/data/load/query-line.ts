import { z } from 'zod';
import { identifier, instant, name, type Reading, readLine, text, typed, vector } from './line-fields.ts';
import type { InputLine } from './lines-of-file.ts';

const maxIdBytes = 1_500;

const queryLine = z.strictObject(
  {
    id: identifier(maxIdBytes),
    user: name,
    question: text,
    answer: text.nullish(),
    asked_at: instant.nullish(),
    answer_score: z
      .number({ error: typed('a number') })
      .min(0, 'must be at least 0')
      .max(1, 'must be at most 1')
      .nullish(),
    vector: vector.nullish(),
  },
  { error: 'is not an object' },
);

/** One question as a line of a file holds it. `null` is the same as absent. */
export type QueryLine = z.output<typeof queryLine>;

export function readQueryLine(line: InputLine): Reading<QueryLine> {
  return readLine<QueryLine>(queryLine, line);
}
