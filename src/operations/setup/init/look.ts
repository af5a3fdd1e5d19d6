import { isMappableName } from '../../../config/shapes.ts';
import type { Tx } from '../../../database/schema.ts';
import { guess, sample } from './candidates.ts';
import type { Candidate, Findings, FoundCollection, Remark } from './findings.ts';
import { aboutOf, type KnownShape, metadataColumns, settingsOf } from './known.ts';
import { langGraphCollection } from './langgraph.ts';
import { type LiveTable, liveTables } from './live-tables.ts';
import { metadataKeys } from './metadata-keys.ts';
import { collectionNames } from './names.ts';
import { shapeOf } from './shapes.ts';

const own: Readonly<Record<string, string>> = {
  'mem0-own': "mem0's own, not memories",
  cognee: "cognee's vectors, to which its own graph refers",
  'langchain-own': "LangChain's own: the names of its collections",
  'langgraph-own': "LangGraph's own: children of the tables above, or versions of them",
  'coppice-own': 'the chunks of a collection in the default schema',
};

/** Looks at every table of the database and says what each might be to Coppice. */
export async function look(tx: Tx): Promise<Findings> {
  const tables = await liveTables(tx);
  const nameFor = collectionNames();
  const collections: FoundCollection[] = [];
  const candidates: Candidate[] = [];
  const leftAlone: Remark[] = [];
  const notMappable: Remark[] = [];
  let others = 0;
  for (const table of tables) {
    const shape = shapeOf(table, tables);
    if (shape === 'mem0' || shape === 'langchain' || shape === 'llamaindex') {
      if (!isMappableName(table.schema) || !isMappableName(table.name)) {
        notMappable.push({ table, why: `${aboutOf(shape)}, but its name has a dot or a control character` });
      } else {
        collections.push(await known(tx, shape, table, nameFor));
      }
    } else if (shape === 'coppice') {
      const about = 'the default schema, which `coppice load` fills';
      const name = nameFor(table.name, table.schema);
      collections.push({ name, shape, preset: null, table, about, lines: [] });
    } else if (shape === 'langgraph_store' || shape === 'langgraph_checkpoints') {
      const { wanted, ...found } = langGraphCollection(shape, table, tables);
      collections.push({ name: nameFor(wanted, table.schema), shape, table, ...found });
    } else if (shape !== null) {
      leftAlone.push({ table, why: own[shape] ?? '' });
    } else {
      const found = guess(table, await sample(tx, table));
      if (found === null) others += 1;
      else if ('why' in found) notMappable.push({ table, why: `rows of it might expire, but ${found.why}` });
      else candidates.push({ name: nameFor(table.name, table.schema), table, ...found });
    }
  }
  return { collections, candidates, leftAlone, notMappable, others };
}

async function known(
  tx: Tx,
  shape: KnownShape,
  table: LiveTable,
  nameFor: ReturnType<typeof collectionNames>,
): Promise<FoundCollection> {
  const keys = await metadataKeys(tx, table, metadataColumns[shape]);
  return {
    name: nameFor(wantedName(shape, table), table.schema),
    shape,
    preset: shape,
    table,
    about: aboutOf(shape),
    lines: settingsOf(shape, table, keys),
  };
}

function wantedName(shape: KnownShape, table: LiveTable): string {
  if (shape === 'mem0') return table.name === 'mem0' ? 'memories' : table.name;
  return shape === 'langchain' ? 'langchain' : table.name.replace(/^data_/, '');
}
