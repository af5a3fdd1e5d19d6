import { fileURLToPath } from 'node:url';
import { provenance, writeMarkedSection } from '../tools/docs/marked-section.ts';
import { markdown, type Section } from './report.ts';

const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

/** Introduction of the page. The benchmarks write only the text between the markers. */
const introduction = `# Benchmarks

The cost of trust: Coppice surveys, limits, rechecks, records and can undo; a bare SQL loop does none of it. Each table is
written by the command above it and repeats on any machine with Node and nothing else: the servers are started without
containers. Contestants take turns, round by round, on copies of one template database, with the same indexes and full
durability (\`fsync\` on); a ratio compares neighbours of a round, so that whatever else the machine does weighs on both.
Autovacuum is off and no checkpoint falls into a round: either would meet one contestant and not the other.
`;

export function writeSection(name: string, command: string, section: Section): void {
  writeMarkedSection(page, introduction, name, `${provenance(command, section.versions)}\n\n${markdown(section)}`);
}
