import { fileURLToPath } from 'node:url';
import { provenance, writeMarkedSection } from '../../../tools/docs/marked-section.ts';
import type { ChaosOptions } from '../options.ts';
import type { Tally } from './report.ts';

const page = fileURLToPath(new URL('../../../docs/faults.md', import.meta.url));

export function writeFaults({ seeds, minutes }: ChaosOptions, tally: Tally): void {
  const limit = minutes === null ? '' : ` --minutes ${minutes}`;
  const command = `npm run chaos -- --seeds ${seeds.length}${limit} --write`;
  const versions = 'PostgreSQL 16 with pgvector, Weaviate 1.35, Temporal dev server';
  writeMarkedSection(
    page,
    '# Faults\n',
    'What came of them',
    `${provenance(command, versions)}\n\n${tally.markdown()}`,
  );
}
