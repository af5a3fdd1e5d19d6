import type { GraphMapping } from '../../domain/graph-mapping.ts';
import { kindOf, mappedFields } from '../../domain/mapped-fields.ts';
import type { CollectionMapping, Field } from '../../domain/mapping.ts';
import { idColumns } from '../../domain/row-id.ts';
import { readMeasurements } from '../../state/monitoring/measurements.ts';
import { collectionDays } from '../../state/monitoring/overview.ts';
import { requireWholeView } from '../access/visible.ts';
import { type DatabaseContext, installationOf } from '../context.ts';

/** A collection or a graph as it is mapped, with its growth and the drift between its stores. */
export interface CollectionJson {
  readonly name: string;
  /** `documents`, `memories` … or `graph`. */
  readonly kind: string;
  /** Whether the data is the application's own; else it is in Coppice's default schema. */
  readonly mapped: boolean;
  /** Where the rows are, or in which store the graph is. */
  readonly place: string;
  /** Columns and paths by the name of the field that they are mapped to. */
  readonly fields: Readonly<Record<string, string>>;
  /** Where vectors are; `null`: there are none. */
  readonly vectors: string | null;
  readonly jobs: readonly string[];
  /** Rows by day (UTC) as `upkeep` counted them, the last thirty days. */
  readonly days: readonly { readonly day: string; readonly rows: number }[];
  /** As `upkeep` measured it last; `null`: not measured. */
  readonly drift: DriftJson | null;
}

interface DriftJson {
  readonly rows_without_vectors: number;
  readonly vectors_without_row: number;
  readonly measured_at: string;
}

const growthDays = 30;
const driftPrefix = 'drift:';

/** Every mapped collection and graph. */
export async function listCollections(context: DatabaseContext): Promise<CollectionJson[]> {
  requireWholeView(context.view);
  await installationOf(context);
  const { db, config } = context.parts;
  const days = Map.groupBy(await collectionDays(db, growthDays), ({ collection }) => collection);
  const drift = new Map((await readMeasurements(db, driftPrefix)).map((one) => [one.name, one]));
  const jobsOf = (name: string) =>
    config.jobs.filter(({ collections }) => collections.includes(name)).map(({ job }) => job.id);
  return [...config.collections.map(ofRows), ...config.graphs.map(ofGraph)].map((one) => {
    const measured = drift.get(`${driftPrefix}${one.name}`);
    return {
      ...one,
      jobs: jobsOf(one.name),
      days: (days.get(one.name) ?? []).map(({ day, rows }) => ({ day, rows })),
      drift:
        measured === undefined
          ? null
          : {
              rows_without_vectors: Number(measured.value.rows_without_vectors),
              vectors_without_row: Number(measured.value.vectors_without_row),
              measured_at: measured.measured_at.toISOString(),
            },
    };
  });
}

type Mapped = Omit<CollectionJson, 'jobs' | 'days' | 'drift'>;

function ofRows(mapping: CollectionMapping): Mapped {
  const { name, mapped, table, partition, vectors } = mapping;
  const fields = mappedFields(mapping).map(({ name: of, field }): [string, string] => [of, pathOf(field)]);
  const own: [string, string][] = [
    ['id', idColumns(mapping).join(', ')],
    ['partition', pathOf(partition)],
  ];
  return {
    ...{ name, kind: kindOf(mapping), mapped, place: `${table.schema}.${table.name}` },
    fields: Object.fromEntries([...own, ...fields]),
    vectors: placeOf(vectors),
  };
}

function pathOf({ column, keys }: Field): string {
  return [column, ...keys].join('.');
}

function placeOf(vectors: CollectionMapping['vectors']): string | null {
  if (vectors.in === 'none') return null;
  if (vectors.in === 'row') return `column ${vectors.column}`;
  if (vectors.in === 'weaviate') return `Weaviate class ${vectors.class}`;
  return `${vectors.table.schema}.${vectors.table.name}`;
}

function ofGraph({ name, mapped, place, vectorsBeside }: GraphMapping): Mapped {
  const beside = vectorsBeside === undefined ? null : vectorsBeside.in;
  return { name, kind: 'graph', mapped, place: place.in, fields: {}, vectors: beside };
}
