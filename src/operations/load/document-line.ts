import { z } from 'zod';
import { type InputLine, isTooLong, tooLong } from './lines-of-file.ts';

/** An index entry of PostgreSQL holds some 2,700 bytes, and that of a chunk names document and chunk together. */
const maxIdBytes = 1_500;
const maxChunkIdBytes = 1_000;
/** What the stores can count to; PostgreSQL itself refuses more than 16,000. */
const maxComponents = 65_535;
const maxIssues = 5;
const maxMessageCharacters = 400;

const typed = (what: string) => (issue: { readonly input?: unknown }) =>
  issue.input === undefined ? 'is missing' : `must be ${what}`;

const text = z.string({ error: typed('text') }).superRefine((value, context) => {
  const problem = value.includes('\0')
    ? 'holds a NUL character, which PostgreSQL cannot store'
    : value.isWellFormed()
      ? null
      : 'holds half a surrogate pair, which is no valid Unicode';
  if (problem !== null) context.addIssue(problem);
});
const name = text.refine((value) => value !== '', 'must not be empty');
const identifier = (maxBytes: number) =>
  name.refine((value) => Buffer.byteLength(value) <= maxBytes, `must not be longer than ${maxBytes} bytes`);

const day = /^\d{4}-\d{2}-\d{2}$/;
/** PostgreSQL knows no year 0, and no offset of 16 hours or more. */
const outOfRange = /^0000|[+-](1[6-9]|2\d):\d{2}$/;

/** An instant with its offset as it was written; a plain date is midnight of that day in UTC. */
const instant = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'must be a time in ISO 8601 with its offset, such as 2026-01-31T08:00:00Z, or a date',
  })
  .refine((value) => !outOfRange.test(value), 'is out of range')
  .transform((value) => (day.test(value) ? `${value}T00:00:00Z` : value));

/** Checked as a whole: a vector has a thousand components or more, and each would cost a schema's visit. */
const vector = z.custom<readonly number[]>(
  isVector,
  `must be a list of at most ${maxComponents} numbers that fit 32-bit floats`,
);

const chunk = z
  .strictObject(
    { id: identifier(maxChunkIdBytes), text: text.nullish(), vector: vector.nullish() },
    { error: typed('an object') },
  )
  .refine((value) => typeof value.text === 'string' || Array.isArray(value.vector), 'needs text or a vector');

const chunks = z.array(chunk, { error: typed('a list') }).superRefine((values, context) => {
  const seen = new Set<string>();
  for (const [at, { id }] of values.entries()) {
    if (seen.has(id)) context.addIssue({ code: 'custom', path: [at, 'id'], message: 'stands twice in this document' });
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

/** Reads a line. Everything that is wrong with it is one sentence, short whatever the line holds. */
export function readDocumentLine(line: InputLine): LineReading {
  if (typeof line !== 'string') return line;
  if (isTooLong(line)) return tooLong;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { problem: shortened(`is not valid JSON: ${error instanceof Error ? error.message : String(error)}`) };
  }
  const result = documentLine.safeParse(value);
  if (result.success) return { document: result.data };
  const issues = result.error.issues.slice(0, maxIssues).flatMap(sentences);
  return { problem: shortened(issues.join('; ')) };
}

function sentences(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return [at === '' ? `the line ${issue.message}` : `${at} ${issue.message}`];
  return issue.keys.slice(0, maxIssues).map((key) => `${at === '' ? key : `${at}.${key}`} is not a known key`);
}

function isVector(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0 || value.length > maxComponents) return false;
  return value.every((one: unknown) => typeof one === 'number' && Number.isFinite(Math.fround(one)));
}

function shortened(message: string): string {
  return message.length <= maxMessageCharacters ? message : `${message.slice(0, maxMessageCharacters)}…`;
}
