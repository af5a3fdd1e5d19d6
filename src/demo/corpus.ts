import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import type { DocumentLine } from '../operations/data/load-documents.ts';
import { type MarkdownFile, markdownFiles } from './markdown-files.ts';

const mostDocuments = 400;
const mostBytes = 3_000_000;
const mostBytesPerFile = 200_000;
const millisecondsPerDay = 86_400_000;

/** One in fourteen and one in forty: together below the tenth of a collection that the brake lets go unasked. */
const expiredEvery = 14;
const oldEvery = 40;
const oldDays = 120;
/** Every second one has no end and is younger than the age limit: a run with a lower limit is above the brake. */
const undatedEvery = 2;
const undatedDays = 60;

/**
 * Real text that is on every machine that can run this: the documentation of the installed packages, a workspace for
 * each of them. Some of it is dated as expired, and some as fetched long ago without an end.
 */
export async function* demoDocuments(roots: readonly string[], now: Date): AsyncGenerator<DocumentLine> {
  let count = 0;
  let bytes = 0;
  for (const file of await markdownFiles(roots)) {
    const content = await readText(file.path);
    if (content === null || bytes + content.length > mostBytes) continue;
    yield { ...describe(file, content), ...dates(count, now) };
    count++;
    bytes += Buffer.byteLength(content);
    if (count === mostDocuments) return;
  }
}

/** Dates of the document at this place: as a knowledge base would have them that was filled over a month. */
function dates(at: number, now: Date): Pick<DocumentLine, 'fetched_at' | 'expires_at'> {
  if (at % oldEvery === oldEvery - 1) return { fetched_at: daysFrom(now, -oldDays) };
  if (at % expiredEvery === expiredEvery - 1) return expiredDates(now);
  if (at % undatedEvery === 0) return { fetched_at: daysFrom(now, -undatedDays) };
  return freshDates(at, now);
}

export function expiredDates(now: Date): { fetched_at: string; expires_at: string } {
  return { fetched_at: daysFrom(now, -31), expires_at: daysFrom(now, -1) };
}

export function freshDates(at: number, now: Date): { fetched_at: string; expires_at: string } {
  return { fetched_at: daysFrom(now, -(at % 30)), expires_at: daysFrom(now, 31 + (at % 60)) };
}

function daysFrom(now: Date, days: number): string {
  return new Date(now.getTime() + days * millisecondsPerDay).toISOString();
}

function describe(file: MarkdownFile, content: string): DocumentLine {
  const id = `npm:${file.package}/${file.name}`;
  return { id, workspace: file.package, url: id, title: titleOf(content) ?? `${file.package}: ${file.name}`, content };
}

/** The first heading, without the marks and pictures that often decorate it. */
function titleOf(content: string): string | null {
  const heading = /^#{1,6}[ \t]+(.*)$/m.exec(content)?.[1] ?? '';
  const plain = heading
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replace(/<[^>]*>|[`*]|#+\s*$/g, '')
    .trim();
  return plain === '' ? null : plain.slice(0, 200);
}

/** `null` for what is no text to load: too long, empty, or not UTF-8. */
async function readText(path: string): Promise<string | null> {
  try {
    if ((await stat(path)).size > mostBytesPerFile) return null;
    const bytes = await readFile(path);
    const text = isUtf8(bytes) ? bytes.toString('utf8') : '';
    return text.trim() === '' || text.includes('\0') ? null : text;
  } catch {
    // Packages come and go while npm works; the demo does with what is there.
    return null;
  }
}
