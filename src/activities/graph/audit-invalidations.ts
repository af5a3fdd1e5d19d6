import { createHash } from 'node:crypto';
import { findSuspects } from './auditing/find-suspects.ts';
import { auditOrder, finishValidity, restoreValidity, retireAgain } from './auditing/restore-validity.ts';
import type { GraphStrategy } from './strategy.ts';

/** `audit-invalidations`: takes dates of retirement from facts that nothing can have replaced. */
export const auditInvalidationsStrategy: GraphStrategy = {
  order: auditOrder,
  alone: true,
  reads: 'validity',
  wants: (_terms, tally) => tally.relations > 0,
  rowsOf: ({ relations }) => relations,
  fingerprint: ({ mapping: { validity } }) =>
    createHash('sha256').update(JSON.stringify(validity)).digest('hex').slice(0, 8),
  find: findSuspects,
  apply: restoreValidity,
  recover: finishValidity,
  restore: retireAgain,
  recomputes: () => false,
  // A group that was stale stays so: its items are for `group-maintenance`.
  conclude: async () => () => ({ clean: false, collected: false }),
};
