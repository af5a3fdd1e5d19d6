/**
 * The arrows of the house: imports point one way. `docs/decisions/0002-house.md` says why.
 */
const room = (name) => `^src/${name}/`;
/** Whoever does something may say so. It does nothing by itself, and imports nothing of ours. */
const spans = '^src/telemetry/spans\\.ts$';

/** The same of a time limit, which every call to something outside has. */
const deadline = '^src/deadline\\.ts$';

/** The modules outside every room put the parts together: `assemble.ts`, `prepare.ts`, `schedules.ts`, `worker.ts` … */
const rootModules = '^src/[a-z-]+\\.ts$';

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
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '-child\\.ts$', '-(failures|spans)\\.ts$'] },
      to: {},
    },
    { name: 'not-from-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|tools|bench)/' } },
    only('plugins', ['activities', 'config', 'database', 'domain', 'jobs', 'temporal']),
    only('client', []),
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
    only('database', ['domain'], { files: [spans, deadline] }),
    only('state', ['domain', 'jobs', 'database'], { files: [spans] }),
    only('stores/ports', ['domain', 'database', 'state']),
    only('stores', ['domain', 'database', 'state'], { files: [spans, deadline] }),
    only(
      'operations',
      ['domain', 'jobs', 'database', 'state', 'config', 'temporal', 'activities', 'workflows', 'stores/ports'],
      {
        from: { pathNot: ['^src/operations/(data|setup)/'] },
        files: [deadline, rootModules],
      },
    ),
    // Loading, forgetting, grants and doctor are about the tables of one kind of store.
    only(
      'operations/(data|setup)',
      [
        'operations',
        'domain',
        'jobs',
        'database',
        'state',
        'config',
        'temporal',
        'activities',
        'language',
        'plugins',
        'stores',
      ],
      {
        files: [deadline, rootModules],
      },
    ),
    only('temporal', ['domain', 'jobs', 'config', 'database', 'telemetry'], { files: [deadline] }),
    only('cli', ['operations', 'domain', 'jobs', 'config', 'local', 'telemetry', 'temporal', 'api', 'demo'], {
      files: [deadline, rootModules, room('plugins'), '^src/database/errors\\.ts$', '^src/state/runs/runs\\.ts$'],
    }),
    only(
      'demo',
      ['domain', 'config', 'database', 'language', 'local', 'operations/data', 'stores/postgres', 'stores/ports'],
      {
        files: [deadline, rootModules, '^src/operations/context\\.ts$'],
      },
    ),
    only('language', [], { files: [deadline] }),
    only('compute', ['domain']),
    only('similarity', ['domain']),
    only('local', []),
    only('config', ['domain', 'jobs']),
    only('sources', ['domain', 'config'], { files: [spans, deadline] }),
    only('telemetry', ['config']),
    only('api', ['operations', 'domain', 'jobs', 'config'], { files: [spans] }),
    only('activities', ['domain', 'jobs', 'database', 'state', 'config', 'compute', 'similarity', 'stores/ports'], {
      files: [
        deadline,
        '^src/sources/(port|errors)\\.ts$',
        '^src/language/(embeddings|model)/(port|errors)\\.ts$',
        '^src/language/(prompts|words)/',
        '^src/temporal/deployments\\.ts$',
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
