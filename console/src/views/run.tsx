import { useQuery } from '@tanstack/react-query';
import { type RunDetail, runQuery } from '../api/queries.ts';
import { useRunEvents } from '../api/run-events.ts';
import { Link } from '../router.tsx';
import { Meter } from '../ui/charts.tsx';
import { Page } from '../ui/page.tsx';
import { Loaded, Marked, Panel, Status } from '../ui/parts.tsx';
import { count, didWords, isOpen, kindWords, ordered, plural, sentence, totalSentence } from '../words.ts';
import { isMissing, NotFound } from './not-found.tsx';
import { isUndecided, RunActions } from './run-actions.tsx';
import { Findings } from './run-findings.tsx';
import { Items } from './run-items.tsx';
import { RunTimeline } from './run-timeline.tsx';
import { SurveyPanel } from './survey.tsx';

/** One run: what it would do or did, and what a person can decide about it. */
export function RunView({ id }: { readonly id: string }) {
  const run = useQuery(runQuery(id));
  useRunEvents(id, run.data);
  if (isMissing(run)) return <NotFound what="run" id={id} list={['/runs', 'Runs']} />;
  const title = run.data === undefined ? 'Run' : titleOf(run.data);
  return (
    <Page
      title={title}
      above={<Link href="/runs">Runs</Link>}
      actions={run.data === undefined ? undefined : <RunActions run={run.data} />}
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
          <strong>
            <Marked>{sentence(run.error.message)}</Marked>
          </strong>
          {run.error.hint === null ? null : (
            <span>
              <Marked>{run.error.hint}</Marked>
            </span>
          )}
        </div>
      )}
      {run.open_undo === null ? null : (
        <p className="note" role="status">
          An undo puts this run back. <Link href={`/runs/${encodeURIComponent(run.open_undo)}`}>Follow it</Link>
        </p>
      )}
      {run.waiting_for === null ? null : <p className="note">Waits for {run.waiting_for}.</p>}
      {run.status === 'held' || run.status === 'rejected' ? null : <Progress run={run} />}
      {isUndecided(run) && run.survey !== undefined ? <SurveyPanel survey={run.survey} isDecision /> : null}
      <div className="columns">
        <Panel title="What happened">
          <RunTimeline run={run} />
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
      {run.kind === 'sweep' && !isOpen(run) ? <Items run={run} /> : null}
    </>
  );
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
