import type { PresetName } from '../../../config/preset-names.ts';
import type { SettingLine } from './findings.ts';
import { type LiveTable, typeOf } from './live-tables.ts';

/** The tables of LangGraph's PostgresStore and PostgresSaver, which have fixed names. */
export type LangGraphShape = Extract<PresetName, 'langgraph_store' | 'langgraph_checkpoints'>;

const abouts: Readonly<Record<LangGraphShape, string>> = {
  langgraph_store: "LangGraph's store; a row is an item, its vectors are rows of store_vectors",
  langgraph_checkpoints: "LangGraph's checkpoints; the checkpoints of a thread go together",
};

const wanted: Readonly<Record<LangGraphShape, string>> = { langgraph_store: 'items', langgraph_checkpoints: 'threads' };

export function langGraphShapeOf(table: LiveTable): LangGraphShape | null {
  const key = table.key.join();
  if (table.name === 'store' && key === 'prefix,key' && typeOf(table, 'expires_at') !== null) return 'langgraph_store';
  return table.name === 'checkpoints' && key === 'thread_id,checkpoint_ns,checkpoint_id'
    ? 'langgraph_checkpoints'
    : null;
}

/** Tables beside those that are mapped with them, or that hold versions. */
const owns: Readonly<Record<LangGraphShape, readonly string[]>> = {
  langgraph_store: ['store_vectors', 'store_migrations', 'vector_migrations'],
  langgraph_checkpoints: ['checkpoint_writes', 'checkpoint_blobs', 'checkpoint_migrations'],
};

export function isLangGraphOwn(table: LiveTable, all: readonly LiveTable[]): boolean {
  return all.some((one) => {
    const shape = one.schema === table.schema ? langGraphShapeOf(one) : null;
    return shape !== null && owns[shape].includes(table.name);
  });
}

export function langGraphCollection(shape: LangGraphShape, table: LiveTable, all: readonly LiveTable[]) {
  const lines: SettingLine[] = [
    { key: 'preset', value: shape, comments: ['How LangGraph keeps its data. A line below overrides it.'] },
    { key: 'table', value: `${table.schema}.${table.name}`, comments: [] },
  ];
  const hasVectors = all.some((one) => one.schema === table.schema && one.name === 'store_vectors');
  if (shape === 'langgraph_store' && !hasVectors) {
    lines.push({ key: 'children', value: [], comments: ['The store has no index, and so no table of vectors.'] });
  }
  const what = shape === 'langgraph_store' ? 'Items without a date' : 'Threads';
  lines.push({
    ...{ key: 'max_age_days', value: 90, off: true },
    comments: [`${what} are due when they were last written so many days ago. Off until set.`],
  });
  return { preset: shape, about: abouts[shape], lines, wanted: wanted[shape] };
}
