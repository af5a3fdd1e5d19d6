import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { markdown, type Section } from './report.ts';

const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

/** What the page says before any figure. Only what stands between the markers is made by the benchmarks. */
const introduction = `# Benchmarks

What trust costs: Coppice surveys, limits, rechecks, records and can undo; a bare SQL loop does none of it. Each table is
written by the command above it and repeats on any machine with Node and nothing else: the servers are started without
containers. Contestants take turns, round by round, on copies of one template database, with the same indexes and full
durability (\`fsync\` on); a ratio compares neighbours of a round, so that whatever else the machine does weighs on both.
Autovacuum is off and no checkpoint falls into a round: either would meet one contestant and not the other.
`;

export function writeSection(name: string, command: string, section: Section): void {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : introduction;
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const body = `${begin}\n${provenance(command, section)}\n\n${markdown(section)}\n${end}`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  const next = from < 0 ? `${text}\n## ${name}\n\n${body}\n` : text.slice(0, from) + body + text.slice(to + end.length);
  writeFileSync(page, next);
}

function provenance(command: string, { versions }: Section): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const machine = `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory} GiB of memory, ${process.platform}`;
  return `\`${command}\`, ${new Date().toISOString().slice(0, 10)}. Node ${process.versions.node}, ${versions}; ${machine}.`;
}
