import { databaseNow } from '../../database/clock.ts';
import { listAlerts } from '../../state/monitoring/alerts.ts';
import { runsWithin } from '../../state/monitoring/digest.ts';
import { putMeasurement, readMeasurements } from '../../state/monitoring/measurements.ts';
import { changesWithin, countsOfWork, deadLettersByJob, undecidedRuns } from '../../state/monitoring/overview.ts';
import type { TaskDeps } from '../task-deps.ts';
import { postNotice } from '../webhook/post.ts';
import { type DigestJson, digestNotice } from './digest-notice.ts';

const weekHours = 7 * 24;
const mostAlerts = 20;
const measurement = 'digest';

type DigestDeps = Pick<TaskDeps, 'db' | 'digest' | 'installation'>;

/** Sends the digest of a week once. The first check after a digest was configured only notes which week it is. */
export async function sendDigest(deps: DigestDeps): Promise<void> {
  const { db, digest, installation } = deps;
  if (digest === null) return;
  const due = lastDigestTime(await databaseNow(db)).toISOString();
  const [last] = await readMeasurements(db, measurement);
  if (last?.value.sent_for === due) return;
  if (last !== undefined) await postNotice(digest, digestNotice(await readDigest(deps, due), installation));
  await putMeasurement(db, measurement, { sent_for: due });
}

/** The last Monday, 07:00 UTC. */
export function lastDigestTime(now: Date): Date {
  const at = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), 7));
  at.setUTCDate(at.getUTCDate() - ((at.getUTCDay() + 6) % 7));
  if (at > now) at.setUTCDate(at.getUTCDate() - 7);
  return at;
}

async function readDigest({ db }: DigestDeps, until: string): Promise<DigestJson> {
  const [held, counts, letters, alerts, runs, changed] = await Promise.all([
    undecidedRuns(db, 1),
    countsOfWork(db),
    deadLettersByJob(db),
    listAlerts(db, { all: false, limit: mostAlerts }),
    runsWithin(db, weekHours),
    changesWithin(db, weekHours),
  ]);
  const byName = Map.groupBy(changed, ({ job, name }) => JSON.stringify([job, name]));
  return {
    week_until: until,
    needs: {
      held_runs: held.count,
      dead_letters: letters,
      alerts: {
        count: counts.alerts,
        latest: alerts.map(({ rule, subject, message }) => ({ rule, subject, message })),
      },
      proposals: counts.proposals,
      merges: counts.merges,
    },
    runs,
    changed: [...byName.values()].flatMap((own) => {
      const [first] = own;
      if (first === undefined) return [];
      return [{ job: first.job, name: first.name, count: own.reduce((all, { count }) => all + count, 0) }];
    }),
  };
}
