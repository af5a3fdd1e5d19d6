import { z } from 'zod';
import { type InputLine, isTooLong, tooLong } from './lines-of-file.ts';

/** Values that a line of a file may hold, and how a line is read. */

/** Greatest number of the stores; PostgreSQL itself refuses more than 16,000. */
const maxComponents = 65_535;
const maxIssues = 5;
const maxMessageCharacters = 400;

export const typed = (what: string) => (issue: { readonly input?: unknown }) =>
  issue.input === undefined ? 'is missing' : `must be ${what}`;

export const text = z.string({ error: typed('text') }).superRefine((value, context) => {
  const problem = value.includes('\0')
    ? 'holds a NUL character, which PostgreSQL cannot store'
    : value.isWellFormed()
      ? null
      : 'holds half a surrogate pair, which is no valid Unicode';
  if (problem !== null) context.addIssue(problem);
});
export const name = text.refine((value) => value !== '', 'must not be empty');
export const identifier = (maxBytes: number) =>
  name.refine((value) => Buffer.byteLength(value) <= maxBytes, `must not be longer than ${maxBytes} bytes`);

const day = /^\d{4}-\d{2}-\d{2}$/;
/** PostgreSQL knows no year 0, and no offset of 16 hours or more. */
const outOfRange = /^0000|[+-](1[6-9]|2\d):\d{2}$/;

/** An instant with its offset as it was written; a plain date is midnight of that day in UTC. */
export const instant = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'must be a time in ISO 8601 with its offset, such as 2026-01-31T08:00:00Z, or a date',
  })
  .refine((value) => !outOfRange.test(value), 'is out of range')
  .transform((value) => (day.test(value) ? `${value}T00:00:00Z` : value));

/** Checked as a whole: a vector has a thousand components or more, and each would cost a schema's visit. */
export const vector = z.custom<readonly number[]>(
  isVector,
  `must be a list of at most ${maxComponents} numbers that fit 32-bit floats`,
);

export type Reading<T> = { readonly line: T } | { readonly problem: string };

/** Reads a line. Everything that is wrong with it is one sentence, short whatever the line holds. */
export function readLine<T>(schema: z.ZodType<T>, line: InputLine): Reading<T> {
  if (typeof line !== 'string') return line;
  if (isTooLong(line)) return tooLong;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { problem: shortened(`is not valid JSON: ${error instanceof Error ? error.message : String(error)}`) };
  }
  const result = schema.safeParse(value);
  if (result.success) return { line: result.data };
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
