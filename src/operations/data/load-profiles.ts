import type { Parts } from '../../assemble.ts';
import { inTransaction } from '../../stores/postgres/chunks/chunk-table.ts';
import { loadAttributeRows } from '../../stores/postgres/load-attributes.ts';
import { statementTimeoutMs } from './load/batch-writer.ts';
import type { InputLine } from './load/lines-of-file.ts';
import { type LineLoader, type LoadOptions, loadLines } from './load/load-lines.ts';
import { loadableOf } from './load/loadable.ts';
import type { LineProblem } from './load/problem-list.ts';
import { type ProfileLine, readProfileLine } from './load/profile-line.ts';

export interface ProfileLoadResult {
  readonly collection: string;
  readonly loaded_attributes: number;
  readonly failed_lines: number;
  /** The first hundred. */
  readonly problems: readonly LineProblem[];
}

export interface ProfileLoadOptions extends LoadOptions {
  /** Not needed where there is one collection of attributes in the default schema. */
  readonly collection?: string | undefined;
}

const ofAnother = 'its id exists for another entity already: the attribute was not written';

/** Loads attributes into a collection of the default schema; one of the same entity with the same id is replaced. */
export async function loadProfiles(
  { db, collections }: Pick<Parts, 'db' | 'collections'>,
  source: AsyncIterable<InputLine>,
  { collection, ...options }: ProfileLoadOptions = {},
): Promise<ProfileLoadResult> {
  const mappings = collections.map(({ store }) => store.mapping);
  const mapping = loadableOf(mappings, 'attributes', collection);
  const loader: LineLoader<ProfileLine> = {
    read: readProfileLine,
    write: async (lines) => {
      const written = await inTransaction(db, statementTimeoutMs, options.signal, (tx) =>
        loadAttributeRows(tx, mapping, lines),
      );
      return new Map(lines.flatMap((line) => (isWritten(line, written) ? [] : [[line, ofAnother]])));
    },
  };
  const { loaded, problems } = await loadLines(source, loader, options);
  return {
    collection: mapping.name,
    loaded_attributes: loaded,
    failed_lines: problems.count,
    problems: problems.first(),
  };
}

function isWritten({ id, entity_id: entity }: ProfileLine, written: ReadonlyMap<string, string>): boolean {
  return id == null || written.get(id) === entity;
}
