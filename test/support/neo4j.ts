import { randomBytes } from 'node:crypto';
import neo4j, { type Driver } from 'neo4j-driver';
import { afterAll, beforeAll } from 'vitest';
import { describeOn, type Server } from './stores.ts';

export interface Neo4jSuite extends Server {
  /** There in hooks and tests only. */
  readonly driver: Driver;
  /** The suite's own label of that name: `Entity` becomes `Entity_1a2b3c4d`. */
  label(name: string): string;
  /** A group id that no other suite uses. */
  group(name: string): string;
  query(cypher: string, parameters?: Record<string, unknown>): Promise<Record<string, unknown>[]>;
}

/**
 * A suite on the shared Neo4j. Its Community edition has one database, and files run side by side: a suite keeps to
 * labels of its own, whose nodes are gone after it. With labels that are not its own (an application's schema) it keeps to
 * groups of its own.
 */
export function describeOnNeo4j(title: string, body: (suite: Neo4jSuite) => void): void {
  describeOn('neo4j', title, (server) => {
    const suffix = randomBytes(4).toString('hex');
    const labels = new Set<string>();
    let driver: Driver | undefined;
    const suite: Neo4jSuite = {
      url: server.url,
      get driver() {
        if (driver === undefined) throw new Error('the driver is there in hooks and tests only');
        return driver;
      },
      label(name) {
        labels.add(`${name}_${suffix}`);
        return `${name}_${suffix}`;
      },
      group: (name) => `${name} ${suffix}`,
      async query(cypher, parameters = {}) {
        const { records } = await suite.driver.executeQuery(cypher, parameters);
        return records.map((record) => record.toObject());
      },
    };
    beforeAll(() => {
      driver = connectNeo4j(server.url);
    });
    afterAll(async () => {
      for (const label of labels) await suite.query(`MATCH (n:${label}) DETACH DELETE n`);
      await driver?.close();
    });
    body(suite);
  });
}

/**
 * Integers come as `number`, and nothing is tried twice: a test wants to see what failed.
 *
 * @param url with user and password, as the server's own start gives it
 */
export function connectNeo4j(url: string): Driver {
  const { username, password, host } = new URL(url);
  return neo4j.driver(`bolt://${host}`, neo4j.auth.basic(username, password), {
    disableLosslessIntegers: true,
    maxTransactionRetryTime: 0,
  });
}
