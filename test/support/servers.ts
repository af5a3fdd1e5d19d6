import { inject } from 'vitest';

/** The real servers of a test run. Each is started when a test first asks for it (`servers-setup.ts`). */
export type SharedServer = 'postgres' | 'weaviate' | 'temporal' | 'neo4j' | 'falkordb';

export interface ServerAnswer {
  /** `null`: the server could not be started, or is left out of this kind of test run. */
  readonly url: string | null;
  /** Why there is no server. */
  readonly reason: string;
}

export const serverTitles: Readonly<Record<SharedServer, string>> = {
  postgres: 'native PostgreSQL',
  weaviate: 'Weaviate',
  temporal: 'Temporal',
  neo4j: 'Neo4j',
  falkordb: 'FalkorDB',
};

const answers = new Map<SharedServer, Promise<ServerAnswer>>();

/** Starts the server unless it runs already, and returns its address. */
export function askServer(name: SharedServer): Promise<ServerAnswer> {
  const known = answers.get(name);
  if (known !== undefined) return known;
  const answer = ask(name);
  answers.set(name, answer);
  return answer;
}

async function ask(name: SharedServer): Promise<ServerAnswer> {
  const response = await fetch(`${inject('serverBroker')}/${name}`);
  if (!response.ok) throw new Error(`${serverTitles[name]} is required and cannot start: ${await response.text()}`);
  return (await response.json()) as ServerAnswer;
}

/** The address alone: PostgreSQL and Neo4j with user and password, FalkorDB with its password, Temporal as `host:port`. */
export async function serverUrl(name: SharedServer): Promise<string | null> {
  return (await askServer(name)).url;
}
