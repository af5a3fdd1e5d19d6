/** One version of a system that is tested, or that cannot be had here. */
export interface Combination {
  readonly system: 'Node' | 'PostgreSQL' | 'Temporal' | 'Weaviate' | 'Neo4j' | 'FalkorDB';
  readonly version: string;
  /** Oldest and newest: of the versions that are declared and can be had. `pinned`: the one of `npm run test:all`. */
  readonly role: 'oldest' | 'pinned' | 'newest';
  /** As `COPPICE_TEST_VERSIONS` names it; absent where another means selects it. */
  readonly server?: string;
  readonly files: readonly string[];
}

const rows = ['test/stores/document-store.stores.test.ts', 'test/stores/postgres-vectors.stores.test.ts'];
const falkor = ['test/stores/graph/falkordb.stores.test.ts'];
const vectors = ['test/stores/weaviate.stores.test.ts'];
const runs = ['test/e2e/undo.e2e.test.ts'];

/** Combinations of `npm run test:versions`, in their order. */
export const combinations: readonly Combination[] = [
  { system: 'Node', version: '22.12.0', role: 'oldest', files: runs },
  { system: 'Node', version: '26.12.1', role: 'newest', files: runs },
  { system: 'PostgreSQL', version: '16.2 with pgvector 0.6.2', role: 'oldest', server: 'postgres=16.2', files: rows },
  { system: 'PostgreSQL', version: '16 with pgvector 0.8.5', role: 'pinned', server: 'postgres=16', files: rows },
  { system: 'Temporal', version: '1.29.1', role: 'oldest', files: runs },
  { system: 'Temporal', version: '1.32.0', role: 'newest', files: runs },
  { system: 'Weaviate', version: '1.29.0', role: 'oldest', server: 'weaviate=1.29.0', files: vectors },
  { system: 'Weaviate', version: '1.35.2', role: 'newest', server: 'weaviate=1.35.2', files: vectors },
  {
    system: 'Neo4j',
    version: '5.26.30 with GDS 2.13.9',
    role: 'pinned',
    files: ['test/stores/graph/neo4j.stores.test.ts'],
  },
  { system: 'FalkorDB', version: '4.14', role: 'oldest', server: 'falkordb=1.4.0', files: falkor },
  { system: 'FalkorDB', version: '4.16', role: 'newest', server: 'falkordb=1.4.1', files: falkor },
];

interface Untested {
  readonly system: string;
  readonly version: string;
  readonly reason: string;
}

/** Versions that are declared, or newer ones that a user may have, and that the machine of the tests cannot have. */
export const untested: readonly Untested[] = [
  {
    system: 'PostgreSQL',
    version: '17 and 18 with pgvector, native',
    reason: 'no package with pgvector can be installed here; the embedded database is PostgreSQL 18, and tested',
  },
  { system: 'Neo4j', version: '2025 and later', reason: 'needs Java 21, with a version of GDS that matches' },
  {
    system: 'Neo4j',
    version: '5.26 before 5.26.30',
    reason: 'the same long-term release: only its last correction is pinned',
  },
  { system: 'Weaviate', version: '1.36 and later', reason: 'its source cannot be fetched here' },
  { system: 'Temporal', version: 'Cloud', reason: 'needs an account' },
];
