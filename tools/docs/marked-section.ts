import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** What a command measured, put into a page that people write: only what stands between the markers is replaced. */
export function writeMarkedSection(page: string, introduction: string, name: string, body: string): void {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : introduction;
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const section = `${begin}\n${body}\n${end}`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  const next =
    from < 0 ? `${text}\n## ${name}\n\n${section}\n` : text.slice(0, from) + section + text.slice(to + end.length);
  writeFileSync(page, next);
}

/** Which command, when, on what. */
export function provenance(command: string, versions: string): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const machine = `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory} GiB of memory, ${process.platform}`;
  return `\`${command}\`, ${new Date().toISOString().slice(0, 10)}. Node ${process.versions.node}, ${versions}; ${machine}.`;
}
