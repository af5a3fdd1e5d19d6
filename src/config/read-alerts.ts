import { type AlertSettings, defaultAlerts } from '../domain/alerts.ts';
import type { FileSettings } from './file-schema.ts';

/** The section `alerts` over the defaults; `off` switches a rule off. */
export function readAlerts(given: FileSettings['alerts']): AlertSettings {
  const set = Object.entries(given ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value === 'off' ? null : value]],
  );
  return { ...defaultAlerts, ...Object.fromEntries(set) };
}
