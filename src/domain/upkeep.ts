/**
 * Stages of `upkeep`, in this order: rows that leave the ledger free their runs, and emptied tables are vacuumed last.
 */
export const upkeepStages = [
  'ledger',
  'ledger_tables',
  'history',
  'dead_letters',
  'leftovers',
  'holds',
  'drift',
  'vacuum',
] as const;

export type UpkeepStage = (typeof upkeepStages)[number];
