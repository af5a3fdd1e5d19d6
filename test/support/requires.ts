import { describe, inject } from 'vitest';

/** What a stranger's machine could not start is reported as skipped, by name; with COPPICE_REQUIRE=all it has failed already. */
export interface Servers {
  readonly postgresUrl: string;
  readonly weaviateUrl: string;
  readonly temporalAddress: string;
}

export type StoreKind = 'one database' | 'vectors in Weaviate';

/** A suite on native PostgreSQL and the Temporal server. */
export function describeEndToEnd(name: string, suite: (servers: Omit<Servers, 'weaviateUrl'>) => void): void {
  const [postgresUrl, temporalAddress] = [inject('postgresUrl'), inject('temporalAddress')];
  if (postgresUrl === null || temporalAddress === null) skipped(name, 'PostgreSQL or Temporal');
  else describe(name, () => suite({ postgresUrl, temporalAddress }));
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

/** A suite that wants all of the servers. */
export function describeWithWeaviate(name: string, suite: (servers: Servers) => void): void {
  const weaviateUrl = inject('weaviateUrl');
  if (weaviateUrl === null) skipped(name, 'Weaviate');
  else describeEndToEnd(name, (servers) => suite({ weaviateUrl, ...servers }));
}

function skipped(name: string, missing: string): void {
  describe.skip(`${name}: skipped, ${missing} could not be started`, () => {});
}
