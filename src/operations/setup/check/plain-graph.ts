import {
  countCopies,
  countWhere,
  type Kind,
  kindsOf,
  mostDates,
  readDates,
} from '../../../stores/cypher/label-census.ts';
import { quotedAsFound } from '../../../stores/cypher/names.ts';
import type { CypherSession } from '../../../stores/cypher/session.ts';
import { namesExpiry } from '../init/dates.ts';
import type { CheckedCollection, NotMeasured } from './check-json.ts';
import { DatesCensus } from './dates-census.ts';
import { scopeNames } from './field-names.ts';
import type { CheckFinding } from './findings.ts';
import { shareOf } from './shares.ts';

const nameNames = ['name', 'title'];
const groupNames = ['group_id', ...scopeNames];
const mostKinds = 100;
/** Values of more items would be compared in the server's memory. */
const mostCompared = 1_000_000;

/** Labels by which a library that writes graphs is known, and its name. */
const makers: readonly (readonly [label: string, maker: string])[] = [
  ['__KGBuilder__', 'Neo4j GraphRAG'],
  ['__Node__', 'LlamaIndex'],
  ['__Entity__', 'LangChain, LlamaIndex or mem0'],
];

export interface PlainGraph {
  readonly session: CypherSession;
  readonly graph: string | null;
  /** The graph's name in the report. */
  readonly called: string;
  /** Labels and types that are reported otherwise. */
  readonly known: readonly string[];
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Reports labels and types of a graph that no preset describes. All queries are read-only. */
export async function checkPlainGraph(place: PlainGraph) {
  const { session, graph, called, known, signal } = place;
  const collections: CheckedCollection[] = [];
  const missing: NotMeasured[] = [];
  const found = await kindsOf(session, graph, signal);
  const all = found.kinds.filter(({ name }) => !known.includes(name));
  const kinds = all.slice(0, mostKinds);
  const leftOut = found.leftOut + all.length - kinds.length;
  if (leftOut > 0) {
    const reason = `${leftOut} labels and types were left out: there are too many, or a query cannot hold their names`;
    missing.push({ collection: called, measure: 'labels', reason });
  }
  const maker = makers.find(([label]) => kinds.some(({ name }) => name === label))?.[1];
  for (const kind of kinds) {
    const name = `${called}: ${kind.name}`;
    const findings: CheckFinding[] = [];
    for (const [measure, work] of measuresOf(place, kind)) {
      try {
        findings.push(...(await work()));
      } catch (error) {
        const reason = signal.aborted ? 'no time was left: raise --max-seconds' : reasonOf(error);
        missing.push({ collection: name, measure, reason });
      }
    }
    const what = kind.of === 'label' ? 'nodes with one label' : 'relationships of one type';
    collections.push({
      ...{ name, shape: kind.of, table: kind.name, rows: kind.count, bytes: null, weeks: null },
      about: maker === undefined ? what : `${what}, in a graph as ${maker} writes it`,
      findings: findings.filter(({ count }) => count > 0),
    });
  }
  return { collections, missing };
}

type Measure = readonly [measure: CheckFinding['kind'], work: () => Promise<CheckFinding[]>];

function measuresOf({ session, graph, now, signal }: PlainGraph, kind: Kind): Measure[] {
  const nodes = kind.of === 'label';
  const noun = nodes ? 'nodes' : 'relationships';
  const find = (names: readonly string[]) => names.find((name) => kind.properties.includes(name)) ?? null;
  const matching = (fits: (name: string) => boolean) => kind.properties.find(fits) ?? null;
  const [scope, name] = [find(groupNames), find(nameNames)];
  const expiry = matching(namesExpiry);
  const vector = matching((one) => /embedding|vector/i.test(one));
  const counted = (of: CheckFinding['kind'], count: number, what: string, remedy: string | null): CheckFinding[] => [
    { kind: of, count, of: kind.count, error: 0, bytes: null, what, remedy },
  ];
  const where = (condition: string) => countWhere(session, graph, kind, condition, signal);
  const missingOf = (property: string) => where(`x.${quotedAsFound(property)} IS NULL`);
  const copies = () => {
    if (kind.count > mostCompared)
      throw new Error(`more than ${mostCompared} ${noun} are not compared with each other`);
    return countCopies(session, graph, kind, { name, scope }, signal);
  };
  const measures: Measure[] = [];
  if (expiry !== null) measures.push(['expired', () => dated(expiry)]);
  if (scope !== null) {
    const what = `${noun} name no owner: they have no ${scope}, which others have`;
    measures.push(['unscoped', async () => counted('unscoped', await missingOf(scope), what, null)]);
  }
  if (nodes && name !== null) {
    const what = `nodes repeat the ${name} of another one${scope === null ? '' : ' of the same owner'}`;
    const remedy = 'deduplicate-facts merges those that are one thing, where the graph is mapped';
    measures.push(['exact_duplicates', async () => counted('exact_duplicates', await copies(), what, remedy)]);
  }
  if (!nodes) {
    const what = 'relationships repeat another one between the same nodes, with equal properties';
    measures.push(['exact_duplicates', async () => counted('exact_duplicates', await copies(), what, null)]);
  }
  if (nodes) {
    const orphans = () => where('NOT (x)--()');
    const remedy = 'group-maintenance removes orphaned entities, where the graph is mapped';
    measures.push(['orphans', async () => counted('orphans', await orphans(), 'nodes have no relationship', remedy)]);
  }
  if (vector !== null) {
    const what = `${noun} have no ${vector}, which others have: a search by vector never finds them`;
    measures.push([
      'rows_without_vectors',
      async () => counted('rows_without_vectors', await missingOf(vector), what, null),
    ]);
  }
  return measures;

  async function dated(property: string): Promise<CheckFinding[]> {
    const dates = new DatesCensus(now);
    let read = 0;
    for (const { value, times } of await readDates(session, graph, kind, property, signal)) {
      dates.add(value, times);
      read += times;
    }
    const all = read < mostDates ? read : await where(`x.${quotedAsFound(property)} IS NOT NULL`);
    return dates.findings(shareOf(read, all), noun, null);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
