import { type Measured, measureState } from '../state/measure.ts';
import { isMigrated } from '../state/migrate.ts';
import type { Context } from './context.ts';
import { requireWholeView } from './visible.ts';

export type { Measured };

/** What a monitor wants to know, in a few cheap queries. `null`: there is nothing yet to measure. */
export async function measure(context: Context): Promise<Measured | null> {
  requireWholeView(context.view);
  if (!(await isMigrated(context.parts.db))) return null;
  return measureState(context.parts.db);
}
