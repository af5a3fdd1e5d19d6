import { describe, test } from 'vitest';
import { askServer, type SharedServer } from './servers.ts';

/** Addresses of the servers of a suite. A suite whose server cannot start is reported as skipped; COPPICE_REQUIRE=all fails it. */
export interface Servers {
  readonly postgresUrl: string;
  readonly weaviateUrl: string;
  readonly temporalAddress: string;
}

export type StoreKind = 'one database' | 'vectors in Weaviate';

/** A suite on native PostgreSQL and the Temporal server. */
export function describeEndToEnd(name: string, suite: (servers: Omit<Servers, 'weaviateUrl'>) => void): void {
  describeWithServers(name, ['postgres', 'temporal'], ([postgresUrl = '', temporalAddress = '']) =>
    suite({ postgresUrl, temporalAddress }),
  );
}

/** The same suite with vectors in the rows' database and with vectors in Weaviate. */
export function describeOnBothStores(
  name: string,
  suite: (stores: { kind: StoreKind; postgresUrl: string; temporalAddress: string; weaviateUrl?: string }) => void,
): void {
  describeEndToEnd(`${name} (one database)`, (servers) => suite({ kind: 'one database', ...servers }));
  describeWithWeaviate(`${name} (vectors in Weaviate)`, (servers) =>
    suite({ kind: 'vectors in Weaviate', ...servers }),
  );
}

/** The same suite with a Weaviate server. */
export function describeWithWeaviate(name: string, suite: (servers: Servers) => void): void {
  describeWithServers(
    name,
    ['postgres', 'temporal', 'weaviate'],
    ([postgresUrl = '', temporalAddress = '', weaviateUrl = '']) =>
      suite({ postgresUrl, temporalAddress, weaviateUrl }),
  );
}

/** A suite on these servers, which are started when the suite is collected. */
export function describeWithServers(
  name: string,
  servers: readonly SharedServer[],
  suite: (urls: readonly string[]) => void,
): void {
  describe(name, async () => {
    const answers = await Promise.all(servers.map(askServer));
    const missing = answers.filter(({ url }) => url === null).map(({ reason }) => reason);
    if (missing.length === 0) suite(answers.map(({ url }) => url ?? ''));
    else test.skip(`SKIPPED: ${missing.join(', ')}`);
  });
}
