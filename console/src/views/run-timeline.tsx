import type { RunDetail } from '../api/queries.ts';
import { Link } from '../router.tsx';
import { useSession } from '../session.ts';
import { Command, Id, Time } from '../ui/parts.tsx';
import { duration, shortId } from '../words.ts';

/** Request, work and decisions of a run, with their times and persons. */
export function RunTimeline({ run }: { readonly run: RunDetail }) {
  const { temporal_ui_url: uiUrl, namespace } = useSession();
  const { approval, rejection } = run;
  return (
    <>
      <ol className="timeline">
        <li>
          <Time at={run.asked_at} exact />
          <span>
            asked for{run.requested_by === null ? '' : ' by '}
            <bdi>{run.requested_by}</bdi>
            <Reason text={run.reason} />
          </span>
        </li>
        {run.started_at === null ? null : (
          <li>
            <Time at={run.started_at} exact />
            <span>began</span>
          </li>
        )}
        {run.finished_at === null ? null : (
          <li>
            <Time at={run.finished_at} exact />
            <span>
              {run.status === 'held' ? 'was held' : 'ended'}
              {run.duration_ms === null ? '' : `, after ${duration(run.duration_ms)}`}
            </span>
          </li>
        )}
        {approval === null ? null : (
          <li>
            <Time at={approval.at} exact />
            <span>
              approved by <bdi>{approval.by}</bdi>
              <Reason text={approval.reason ?? null} />{' '}
              <Other run={run} held={approval.held_run} approved={approval.approved_run} />
            </span>
          </li>
        )}
        {rejection === undefined ? null : (
          <li>
            <Time at={rejection.at} exact />
            <span>
              rejected by <bdi>{rejection.by}</bdi>
              <Reason text={rejection.reason} />
            </span>
          </li>
        )}
      </ol>
      <dl className="facts small">
        <div>
          <dt>Run</dt>
          <dd>
            <Id>{run.run_id}</Id>
          </dd>
        </div>
        {run.undoes === null ? null : (
          <div>
            <dt>Puts back</dt>
            <dd>
              <Link href={`/runs/${encodeURIComponent(run.undoes)}`}>{shortId(run.undoes)}</Link>
            </dd>
          </div>
        )}
        {Object.keys(run.parameters).length === 0 ? null : (
          <div>
            <dt>Parameters</dt>
            <dd>
              <Id>
                {Object.entries(run.parameters)
                  .map(([name, value]) => `${name} ${String(value)}`)
                  .join(', ')}
              </Id>
            </dd>
          </div>
        )}
        {uiUrl === null ? null : (
          <div>
            <dt>Temporal</dt>
            <dd>
              <a
                href={`${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(run.workflow_id)}`}
                rel="noreferrer"
                target="_blank"
              >
                Open in the Web UI
              </a>
            </dd>
          </div>
        )}
      </dl>
      <Command>{`coppice runs show ${run.run_id}`}</Command>
    </>
  );
}

function Reason({ text }: { readonly text: string | null }) {
  return text === null ? null : <q>{text}</q>;
}

function Other({
  run,
  held,
  approved,
}: {
  readonly run: RunDetail;
  readonly held: string;
  readonly approved: string | null;
}) {
  const other = run.run_id === held ? approved : held;
  if (other === null) return null;
  return (
    <Link href={`/runs/${encodeURIComponent(other)}`}>{run.run_id === held ? 'see what it did' : 'the held run'}</Link>
  );
}
