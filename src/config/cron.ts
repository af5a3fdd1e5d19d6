import { Cron } from 'croner';

/** Whether the text is a five-field cron expression whose values exist: no nickname, no seconds. */
export function isCron(text: string): boolean {
  if (text.trim().split(/\s+/).length !== 5) return false;
  try {
    new Cron(text, { mode: '5-part', paused: true });
    return true;
  } catch {
    return false;
  }
}
