import { z } from 'zod';
import { identifier, instant, name, readLine, text, typed, vector } from './line-fields.ts';
import type { InputLine } from './lines-of-file.ts';

/** An index entry of PostgreSQL holds some 2,700 bytes, and that of a chunk names document and chunk together. */
const maxIdBytes = 1_500;
const maxChunkIdBytes = 1_000;
const chunk = z
  .strictObject(
    { id: identifier(maxChunkIdBytes), text: text.nullish(), vector: vector.nullish() },
    { error: typed('an object') },
  )
  .refine((value) => typeof value.text === 'string' || Array.isArray(value.vector), 'needs text or a vector');

const chunks = z.array(chunk, { error: typed('a list') }).superRefine((values, context) => {
  const seen = new Set<string>();
  for (const [at, { id }] of values.entries()) {
    if (seen.has(id)) context.addIssue({ code: 'custom', path: [at, 'id'], message: 'occurs twice in this document' });
    seen.add(id);
  }
});

const documentLine = z.strictObject(
  {
    id: identifier(maxIdBytes),
    workspace: name,
    url: text.nullish(),
    title: text.nullish(),
    content: text.nullish(),
    quality: z
      .number({ error: typed('a number') })
      .min(0, 'must be at least 0')
      .max(1, 'must be at most 1')
      .nullish(),
    fetched_at: instant.nullish(),
    expires_at: instant.nullish(),
    chunks: chunks.nullish(),
  },
  { error: 'is not an object' },
);

/** One document as a line of a file holds it. `null` is the same as absent. */
export type DocumentLine = z.input<typeof documentLine>;
/** The same once it has been read: times carry their zone. */
export type ReadLine = z.output<typeof documentLine>;

export type LineReading = { readonly document: ReadLine } | { readonly problem: string };

export function readDocumentLine(line: InputLine): LineReading {
  const reading = readLine(documentLine, line);
  return 'problem' in reading ? reading : { document: reading.line };
}
