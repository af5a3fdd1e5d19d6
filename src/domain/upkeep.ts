/** What upkeep does, in this order: what the ledger lets go of frees runs, and what was emptied is vacuumed last. */
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
