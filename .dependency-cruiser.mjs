/**
 * The arrows of the house: imports point one way. `docs/decisions/0002-house.md` says why.
 */
const room = (name) => `^src/${name}/`;
/** Whoever does something may say so. It does nothing by itself, and imports nothing of ours. */
const spans = '^src/telemetry/spans\\.ts$';

/** The same of a time limit, which every call to something outside has. */
const deadline = '^src/deadline\\.ts$';

/** Modules of `from` may import nothing of ours but what stands in `allowed`. */
function only(from, allowed, extra = {}) {
  return {
    name: `${from}-imports-only-${allowed.length === 0 ? 'itself' : allowed.join('-')}`,
    severity: 'error',
    from: { path: room(from), ...extra.from },
    to: { path: '^src/', pathNot: [room(from), ...allowed.map(room), ...(extra.files ?? [])], ...extra.to },
  };
}

export default {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '-child\\.ts$', '-(failures|spans)\\.ts$'] },
      to: {},
    },
    { name: 'not-from-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|tools|bench)/' } },
    only('domain', []),
    only('jobs', ['domain']),
    only('workflows', ['domain', 'jobs'], { to: { dependencyTypesNot: ['type-only'] } }),
    { ...only('workflows', ['domain', 'jobs', 'activities']), name: 'workflows-know-activities-as-types' },
    {
      name: 'no-zod-in-workflows',
      severity: 'error',
      from: { path: ['^src/workflows/', '^src/domain/', '^src/jobs/'] },
      to: { path: 'node_modules/(zod|kysely|pg|pino)/' },
    },
    only('state', ['domain', 'jobs', 'stores/ports'], { files: [spans] }),
    only('stores/ports', ['domain', 'state']),
    only('stores', ['domain', 'state'], { files: [spans, deadline] }),
    only('language', [], { files: [deadline] }),
    only('compute', ['domain']),
    only('local', []),
    only('config', ['domain', 'jobs']),
    only('sources', ['domain', 'config'], { files: [spans, deadline] }),
    only('telemetry', ['config']),
    only('api', ['operations', 'domain', 'jobs', 'config'], { files: [spans] }),
    only('activities', ['domain', 'jobs', 'state', 'config', 'compute', 'stores/ports'], {
      files: [
        '^src/stores/postgres/errors\\.ts$',
        deadline,
        '^src/sources/(port|errors)\\.ts$',
        '^src/language/embeddings/(port|errors)\\.ts$',
      ],
    }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs'],
    },
  },
};
