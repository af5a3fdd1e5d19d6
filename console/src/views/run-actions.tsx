import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { itemsQuery, jobsQuery, type RunDetail, undoOutlookQuery } from '../api/queries.ts';
import { navigate } from '../router.tsx';
import { useMay } from '../session.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Id, Loaded } from '../ui/parts.tsx';
import { capital, capped, count, isOpen } from '../words.ts';

/** Whether a person has to decide about the run. */
export function isUndecided({ status, approval }: RunDetail): boolean {
  return status === 'held' && approval === null;
}

type Question = 'approve' | 'reject' | 'cancel' | 'undo';

/** The decisions that a person may take about the run now. */
export function RunActions({ run }: { readonly run: RunDetail }) {
  const may = useMay();
  const client = useQueryClient();
  const jobs = useQuery(jobsQuery);
  const [asked, setAsked] = useState<Question | null>(null);
  const job = jobs.data?.find(({ id }) => id === run.job);
  const ended = ['success', 'partial', 'failed', 'cancelled'].includes(run.status);
  const undoable =
    run.kind === 'sweep' && ended && job?.undo === true && Object.values(run.totals).some((value) => value > 0);
  const items = useInfiniteQuery({ ...itemsQuery(run), enabled: undoable });
  const ledger = items.data?.pages[0];
  const nothingLeft = ledger !== undefined && ledger.items.length === 0 && ledger.left_out.length === 0;
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
      {undoable && may('run') && run.open_undo === null && !nothingLeft ? (
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
          <p>It stops after the batch at hand. Committed work stays, and can be undone.</p>
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
          <UndoOutlook run={run} />
          <p>
            Rows that exist again, or whose parent does not exist any more, are left alone and named. Restored rows are
            on hold until their dates change.
          </p>
        </Dialog>
      ) : null}
    </>
  );
}

const undoWords = {
  removed: 'removed: to put back',
  changed: 'changed: to write back',
  added: 'added: to delete',
} as const;

/** The items that an undo would put back now, by collection, and how many it would leave alone. */
function UndoOutlook({ run }: { readonly run: RunDetail }) {
  const outlook = useQuery(undoOutlookQuery(run));
  return (
    <Loaded query={outlook}>
      {({ refusal, items }) =>
        refusal !== null ? (
          <p className="note">It would be refused. {capital(refusal)}.</p>
        ) : (
          <ul>
            {items.map(({ collection, effect, items: found, exist_again: again }) => (
              <li key={`${effect} ${collection}`}>
                <Id>{collection}</Id>: {capped(found)} {undoWords[effect]}
                {again === null || again === 0 ? '' : `; ${capped(again)} exist again and stay as they are`}
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}
