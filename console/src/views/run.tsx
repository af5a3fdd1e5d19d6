import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { jobsQuery, type RunDetail, runQuery } from '../api/queries.ts';
import { useRunEvents } from '../api/run-events.ts';
import { Link, navigate } from '../router.tsx';
import { useMay, useSession } from '../session.ts';
import { Meter } from '../ui/charts.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Page } from '../ui/page.tsx';
import { Command, Id, Loaded, Panel, Status, Time } from '../ui/parts.tsx';
import { count, didWords, duration, isOpen, kindWords, ordered, plural, shortId, totalSentence } from '../words.ts';
import { Findings } from './run-findings.tsx';
import { Items } from './run-items.tsx';
import { SurveyPanel } from './survey.tsx';

/** One run: what it would do or did, and what a person can decide about it. */
export function RunView({ id }: { readonly id: string }) {
  const run = useQuery(runQuery(id));
  useRunEvents(id, run.data);
  const title = run.data === undefined ? 'Run' : titleOf(run.data);
  return (
    <Page
      title={title}
      above={<Link href="/runs">Runs</Link>}
      actions={run.data === undefined ? undefined : <Actions run={run.data} />}
    >
      <Loaded query={run}>{(data) => <Body run={data} />}</Loaded>
    </Page>
  );
}

function titleOf({ job, kind }: RunDetail): string {
  return kind === 'sweep' || kind === 'task' ? job : `${job}, ${kindWords[kind]}`;
}

function Body({ run }: { readonly run: RunDetail }) {
  const did = ordered(Object.entries(run.totals).filter(([, value]) => value !== 0));
  return (
    <>
      <p className="run-line">
        <Status status={run.status} decided={run.approval !== null} />
        <span>{didWords(run, 4)}</span>
      </p>
      {run.error === null || isOpen(run) || run.status === 'held' ? null : (
        <div className="note" data-tone={run.status === 'rejected' ? undefined : 'bad'}>
          <strong>{run.error.message}</strong>
          {run.error.hint === null ? null : <span>{run.error.hint}</span>}
        </div>
      )}
      {run.waiting_for === null ? null : <p className="note">Waits for {run.waiting_for}.</p>}
      {run.status === 'held' || run.status === 'rejected' ? null : <Progress run={run} />}
      {isUndecided(run) && run.survey !== undefined ? <SurveyPanel survey={run.survey} isDecision /> : null}
      <div className="columns">
        <Panel title="What happened">
          <Timeline run={run} />
        </Panel>
        {did.length === 0 ? null : (
          <Panel title="Totals">
            <dl className="facts">
              {did.map(([name, value]) => (
                <div key={name}>
                  <dt>{totalSentence(name, value).replace(/^[\d,-]+ /, '')}</dt>
                  <dd>{count(value)}</dd>
                </div>
              ))}
            </dl>
          </Panel>
        )}
      </div>
      <Findings run={run} />
      {!isUndecided(run) && run.survey !== undefined ? <SurveyPanel survey={run.survey} isDecision={false} /> : null}
      {run.kind === 'sweep' && !isOpen(run) ? <Items run={run.run_id} status={run.status} /> : null}
    </>
  );
}

function isUndecided({ status, approval }: RunDetail): boolean {
  return status === 'held' && approval === null;
}

function Progress({ run }: { readonly run: RunDetail }) {
  const { partitions } = run;
  const parts = (['done', 'working', 'waiting', 'dead'] as const).map((name) => ({
    name,
    value: partitions[name] ?? 0,
  }));
  const whole = parts.reduce((sum, { value }) => sum + value, 0);
  if (whole === 0) return null;
  const said = parts.filter(({ value }) => value > 0).map(({ name, value }) => `${count(value)} ${name}`);
  return (
    <div className="progress">
      <Meter label="Partitions" parts={parts} />
      <p>
        {plural(whole, 'partition')}: {said.join(', ')}
      </p>
    </div>
  );
}

function Timeline({ run }: { readonly run: RunDetail }) {
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

type Question = 'approve' | 'reject' | 'cancel' | 'undo';

function Actions({ run }: { readonly run: RunDetail }) {
  const may = useMay();
  const client = useQueryClient();
  const jobs = useQuery(jobsQuery);
  const [asked, setAsked] = useState<Question | null>(null);
  const job = jobs.data?.find(({ id }) => id === run.job);
  const ended = ['success', 'partial', 'failed', 'cancelled'].includes(run.status);
  const undoable =
    run.kind === 'sweep' && ended && job?.undo === true && Object.values(run.totals).some((value) => value > 0);
  const path = { run: run.run_id };
  const refresh = () => client.invalidateQueries();
  const open = async (started: { readonly run_id: string }) => {
    void refresh();
    navigate(`/runs/${encodeURIComponent(started.run_id)}`);
  };
  const due = run.survey?.due ?? run.survey?.would_delete ?? 0;
  const bodyOf = (reason: string) => (reason === '' ? {} : { reason });
  const close = () => setAsked(null);
  return (
    <>
      {isUndecided(run) && may('admin') ? (
        <>
          <button type="button" onClick={() => setAsked('reject')}>
            Reject
          </button>
          <button type="button" className="primary" onClick={() => setAsked('approve')}>
            Approve
          </button>
        </>
      ) : null}
      {isOpen(run) && may('run') ? (
        <button type="button" onClick={() => setAsked('cancel')}>
          Cancel the run
        </button>
      ) : null}
      {undoable && may('run') ? (
        <button type="button" onClick={() => setAsked('undo')}>
          Undo
        </button>
      ) : null}
      {asked === 'approve' ? (
        <Dialog
          title={`Let ${run.job} go ahead?`}
          action={`Approve ${count(due)} rows`}
          asksReason
          onClose={close}
          onSubmit={async (reason) => {
            const hash = run.survey?.hash;
            const body = { ...bodyOf(reason), ...(hash === undefined ? {} : { hash }) };
            await open(await call('POST /api/v1/runs/{run}/approve', { path, body }));
          }}
        >
          <p>
            A new run handles exactly the {count(due)} rows that were surveyed, or fewer.
            {job?.undo === true ? ' It can be undone.' : ' It cannot be undone.'}
          </p>
        </Dialog>
      ) : null}
      {asked === 'reject' ? (
        <Dialog
          title={`Reject this run of ${run.job}?`}
          action="Reject"
          danger
          asksReason
          onClose={close}
          onSubmit={async (reason) => {
            await call('POST /api/v1/runs/{run}/reject', { path, body: bodyOf(reason) });
            await refresh();
          }}
        >
          <p>Nothing of it is done. The next run surveys again.</p>
        </Dialog>
      ) : null}
      {asked === 'cancel' ? (
        <Dialog
          title="Cancel this run?"
          action="Cancel the run"
          danger
          onClose={close}
          onSubmit={async () => {
            await call('POST /api/v1/runs/{run}/cancel', { path });
            await refresh();
          }}
        >
          <p>It stops after the batch at hand. What is done stays, and can be undone.</p>
        </Dialog>
      ) : null}
      {asked === 'undo' ? (
        <Dialog
          title={`Undo this run of ${run.job}?`}
          action="Undo"
          asksReason
          onClose={close}
          onSubmit={async (reason) => open(await call('POST /api/v1/runs/{run}/undo', { path, body: bodyOf(reason) }))}
        >
          <p>
            Puts back what the ledger holds of it: {didWords(run, 4)}. Rows that exist again, or whose parent does not
            exist any more, are left alone and named. What is put back is on hold until its dates change.
          </p>
        </Dialog>
      ) : null}
    </>
  );
}
