import type { GraphFence } from '../ports/graph-fence.ts';
import { slices } from '../slices.ts';
import { fenced, fenceParameters, raiseFence } from './fence.ts';
import { type CypherMapping, quoted } from './names.ts';
import { placeOf } from './places.ts';
import type { CypherSession, Dialect } from './session.ts';
import { groupText, property, setEach } from './text.ts';
import { type CypherValue, fromJson, Typed } from './value.ts';

const writtenAtOnce = 500;

/** New values of properties of one fact, by property, as the store's own JSON; `null`: it has none. */
export interface FactChange {
  readonly id: string;
  /** Properties that have to be so whether the change was written already or not. */
  readonly kept: Readonly<Record<string, unknown>>;
  /** Properties that have to be so for the change to be written. */
  readonly seen: Readonly<Record<string, unknown>>;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/** A value that could not be bound exactly is neither compared nor taken away. */
export function canBeBound({ times }: Dialect, value: CypherValue): boolean {
  if (value instanceof Typed) return value.type === 'datetime' && times.includes('datetime');
  return value === null || typeof value === 'string' || typeof value === 'bigint';
}

/**
 * Writes `after` where a fact has `kept`, `seen` and `before`; one that has `kept` and `after` was written by an earlier call. Returns
 * the ids of the facts that have `after` now.
 */
export async function writeFactChanges(
  session: CypherSession,
  mapping: CypherMapping,
  { group, epoch }: GraphFence,
  changes: readonly FactChange[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { graph, stored } = placeOf(mapping, group);
  return session.write(
    graph,
    async (run) => {
      await raiseFence(run, mapping, stored, epoch);
      const written = new Set<string>();
      for (const alike of Map.groupBy(changes, propertiesOf).values()) {
        const { lock, write } = statementsFor(mapping, alike);
        for (const some of slices(alike, writtenAtOnce)) {
          const items = some.map(({ id, kept, seen, before, after }) => ({
            ...{ id, ...bound('kept', kept), ...bound('seen', seen) },
            ...{ ...bound('before', before), ...bound('after', after) },
          }));
          const parameters = { ...fenceParameters(mapping, stored, epoch), groups: [stored], items };
          if (session.dialect.locks) await run(lock, parameters);
          for (const row of await run(write, parameters)) written.add(String(row.id));
        }
      }
      return written;
    },
    signal,
  );
}

/** Changes of the same properties share a statement. */
function propertiesOf({ kept, seen, after }: FactChange): string {
  return JSON.stringify([kept, seen, after].map(namesIn));
}

function namesIn(values: Readonly<Record<string, unknown>> = {}): string[] {
  return Object.keys(values).sort();
}

function statementsFor(mapping: CypherMapping, alike: readonly FactChange[]) {
  const { relations } = mapping.place;
  const [change] = alike;
  const instants = instantsIn(alike);
  const [kept, seen, fields] = [namesIn(change?.kept), namesIn(change?.seen), namesIn(change?.after)];
  const isBound = (field: string, bound: string) => {
    const value = property('r', field);
    const same = instants.has(field) ? `${inUtc(value)} = ${inUtc(bound)}` : `${value} = ${bound}`;
    return `(${same} OR (${value} IS NULL AND ${bound} IS NULL))`;
  };
  const areBound = (names: readonly string[], form: string) =>
    ['true', ...names.map((name, at) => isBound(name, `item.${form}${at}`))].join(' AND ');
  const id = property('r', relations.id);
  const match = `${fenced} UNWIND $items AS item
    MATCH ()-[r:${quoted(relations.type)}]->() WHERE ${groupText(mapping).within('r')} AND ${id} = item.id`;
  const set = fields.map((field, at) => `${property('r', field)} = item.after${at}`);
  return {
    // A property that is written over with itself is locked: what the second statement compares stays so until it commits.
    lock: `${match} SET ${id} = ${id} RETURN count(r) AS locked`,
    // Compared after WITH: FalkorDB looks a property up in its index otherwise, where it does not find null.
    write: `${match} WITH item, r WHERE ${areBound(kept, 'kept')}
        AND ((${areBound(seen, 'seen')} AND ${areBound(fields, 'before')}) OR (${areBound(fields, 'after')}))
      ${setEach('item, r', set)} RETURN item.id AS id`,
  };
}

/** Properties that hold datetimes, which FalkorDB does not have. */
function instantsIn(changes: readonly FactChange[]): ReadonlySet<string> {
  const values = changes.flatMap(({ kept, seen, before, after }) =>
    [kept, seen, before, after].flatMap((part) => Object.entries(part)),
  );
  return new Set(values.filter(([, value]) => fromJson(value ?? null) instanceof Typed).map(([name]) => name));
}

/** A driver that reads a datetime and writes it again may name its zone otherwise: `Z[UTC]` for `Z`. */
function inUtc(value: string): string {
  return `replace(toStringOrNull(${value}), '[UTC]', '')`;
}

function bound(form: string, values: Readonly<Record<string, unknown>>): { readonly [key: string]: CypherValue } {
  return Object.fromEntries(namesIn(values).map((name, at) => [`${form}${at}`, fromJson(values[name] ?? null)]));
}
