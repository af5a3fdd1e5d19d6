import { quoted } from '../cypher/names.ts';
import type { CypherSession, Dialect, Index } from '../cypher/session.ts';
import type { Parameters, Row } from '../cypher/value.ts';
import { type FalkorAddress, openFalkor } from './connection.ts';
import { isNoGraph, isThereAlready } from './errors.ts';
import { withParameters } from './parameters.ts';
import { bindableProperties, madeValue, mapText, propertiesText, readProperties } from './properties.ts';
import { fromAnswer } from './values.ts';

/** @param database the graph that holds all groups, unless each has one of its own */
export function openFalkorSession(address: FalkorAddress, database: string): CypherSession {
  const connection = openFalkor(address);
  const limit = ['--compact', 'TIMEOUT', String(address.timeoutMs)];
  const query = async (
    command: 'GRAPH.QUERY' | 'GRAPH.RO_QUERY',
    graph: string | null,
    text: string,
    parameters: Parameters,
    signal?: AbortSignal,
  ): Promise<Row[]> => {
    const words = [command, graph ?? database, withParameters(text, parameters), ...limit];
    return rowsOf(await connection.command(words, signal, isNoGraph));
  };
  return {
    where: connection.where,
    dialect,
    async read(graph, text, parameters, signal) {
      try {
        return await query('GRAPH.RO_QUERY', graph, text, parameters, signal);
      } catch (error) {
        if (isNoGraph(error)) return [];
        throw error;
      }
    },
    write: (graph, work, signal) =>
      work((text, parameters = {}) => query('GRAPH.QUERY', graph, text, parameters, signal)),
    async graphs(signal) {
      const names = await connection.command(['GRAPH.LIST'], signal);
      return Array.isArray(names) ? names.map(String).sort() : [];
    },
    async ensure(graph, indexes) {
      for (const index of indexes) {
        try {
          await connection.command(['GRAPH.QUERY', graph ?? database, indexText(index)], undefined, isThereAlready);
        } catch (error) {
          if (!isThereAlready(error)) throw error;
        }
      }
    },
    close: () => connection.close(),
  };
}

const dialect: Dialect = {
  locks: false,
  times: ['epoch_ms', 'iso_text'],
  properties: propertiesText,
  readProperties,
  sameProperties: (alias, item, shape) => `properties(${alias}) = ${mapText(item, shape)}`,
  setProperties: (alias, item, shape) => `SET ${alias} = ${mapText(item, shape)}`,
  value: madeValue,
  boundProperties: bindableProperties,
  embedding: (text) => `vecf32(${text})`,
};

/** Nothing is said twice where one writer comes after the other: an index is enough, and one on each property. */
function indexText({ of, name, properties }: Index): string {
  const pattern = of === 'node' ? `(x:${quoted(name)})` : `()-[x:${quoted(name)}]-()`;
  return `CREATE INDEX FOR ${pattern} ON (${properties.map((one) => `x.${quoted(one)}`).join(', ')})`;
}

/** Names of columns, rows, statistics; what returns nothing has statistics alone. */
function rowsOf(answer: unknown): Row[] {
  if (!Array.isArray(answer) || answer.length !== 3) return [];
  const [header, rows] = answer as [unknown[], unknown[][]];
  const names = header.map((column) => String(Array.isArray(column) ? column[1] : column));
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, fromAnswer(row[at])])));
}
