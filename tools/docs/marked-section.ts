import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** Writes measured figures into a page that people write: only the text between the markers is replaced. */
export function writeMarkedSection(page: string, introduction: string, name: string, body: string): void {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : introduction;
  writeFileSync(page, withMarkedSection(text, name, body));
}

/** The text with what stands between the markers replaced; a section that is missing is added at the end. */
export function withMarkedSection(text: string, name: string, body: string): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const section = `${begin}\n${body}\n${end}`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  return from < 0 ? `${text}\n## ${name}\n\n${section}\n` : text.slice(0, from) + section + text.slice(to + end.length);
}

/** States the command, the time and the machine. */
export function provenance(command: string, versions: string): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const machine = `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory} GiB of memory, ${process.platform}`;
  return `\`${command}\`, ${new Date().toISOString().slice(0, 10)}. Node ${process.versions.node}, ${versions}; ${machine}.`;
}
