import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { type Answer, call } from '../api/client.ts';
import { endSessionOn, type JobDetail } from '../api/queries.ts';
import { navigate } from '../router.tsx';
import { useMay } from '../session.ts';
import { ErrorNote, Marked } from '../ui/parts.tsx';
import { SurveyPanel } from './survey.tsx';

type Parameter = JobDetail['parameters'][string];
type Value = number | string | boolean;
type Given = NonNullable<Parameters<typeof call<'POST /api/v1/jobs/{job}/runs'>>[1]>['body'];

/** A form made from the job's own parameters. Parameters that keep their configured value are not sent. */
export function RunForm({ job }: { readonly job: JobDetail }) {
  const may = useMay();
  const client = useQueryClient();
  const [busy, setBusy] = useState<'run' | 'preview' | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [preview, setPreview] = useState<Answer<'POST /api/v1/jobs/{job}/preview'> | null>(null);
  const sweeps = job.partition !== null;
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    const action = submitter?.getAttribute('value') === 'run' ? 'run' : 'preview';
    const body: Given = { parameters: given(job, new FormData(event.currentTarget)) };
    const path = { job: job.id };
    setBusy(action);
    setError(null);
    try {
      if (action === 'preview') {
        setPreview(await call('POST /api/v1/jobs/{job}/preview', { path, body }));
      } else {
        const run = await call('POST /api/v1/jobs/{job}/runs', { path, body });
        void client.invalidateQueries();
        navigate(`/runs/${encodeURIComponent(run.run_id)}`);
      }
    } catch (caught) {
      const failure = caught instanceof Error ? caught : new Error(String(caught));
      endSessionOn(failure);
      setError(failure);
    }
    setBusy(null);
  };
  const parameters = Object.entries(job.parameters);
  const usable = sweeps || may('run');
  return (
    <form className="run-form" onSubmit={(event) => void submit(event)}>
      {parameters.length === 0 ? <p className="quiet">It has no parameters.</p> : null}
      <fieldset disabled={!usable}>
        {parameters.map(([name, parameter]) => (
          <Field key={name} name={name} parameter={parameter} />
        ))}
      </fieldset>
      {usable ? null : <p className="quiet">Your token may not start it.</p>}
      {error === null ? null : <ErrorNote error={error} />}
      <footer>
        {sweeps ? (
          <button type="submit" value="preview" disabled={busy !== null}>
            {busy === 'preview' ? 'Counting …' : 'Preview'}
          </button>
        ) : null}
        {may('run') ? (
          <button type="submit" value="run" className="primary" disabled={busy !== null}>
            {busy === 'run' ? 'Starting …' : 'Run now'}
          </button>
        ) : null}
      </footer>
      {preview === null ? null : (
        <div role="status" className="preview">
          {preview.survey === undefined ? (
            <p className="note" data-tone="bad">
              {preview.error?.message ?? 'Nothing could be counted.'}
            </p>
          ) : (
            <SurveyPanel survey={preview.survey} isDecision />
          )}
        </div>
      )}
    </form>
  );
}

function Field({ name, parameter }: { readonly name: string; readonly parameter: Parameter }) {
  const id = useId();
  const { type, value, unit, minimum, maximum, choices, can_be_off: canBeOff, description } = parameter;
  const text = value === null ? '' : String(value);
  const common = { id, name, 'aria-describedby': `${id}-about` };
  const numeric = (type === 'number' || type === 'integer') && !canBeOff;
  return (
    <div className="field">
      <label htmlFor={id}>
        <code>{name}</code>
        {unit === null ? '' : ` (${unit})`}
      </label>
      {type === 'boolean' ? (
        <select {...common} defaultValue={text}>
          <option value="true">yes</option>
          <option value="false">no</option>
        </select>
      ) : choices?.includes(text) ? (
        <select {...common} defaultValue={text}>
          {choices.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type={numeric ? 'number' : 'text'}
          step={type === 'integer' ? 1 : 'any'}
          defaultValue={text}
          placeholder={canBeOff ? 'off' : 'not set'}
          {...(numeric && minimum !== null ? { min: minimum } : {})}
          {...(numeric && maximum !== null ? { max: maximum } : {})}
          autoComplete="off"
        />
      )}
      <small id={`${id}-about`}>
        <Marked>{description}</Marked>
      </small>
    </div>
  );
}

/**
 * Only what differs from the configuration: a number that a schedule may change later is not frozen into the run. A field that
 * was emptied shows `off`, where that exists, and is sent so.
 */
function given(job: JobDetail, form: FormData): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(job.parameters).flatMap(([name, { type, value, can_be_off: canBeOff }]): [string, Value][] => {
      const typed = String(form.get(name) ?? '').trim();
      const text = typed === '' && canBeOff && value !== null ? 'off' : typed;
      if (text === (value === null ? '' : String(value)) || text === '') return [];
      if (type === 'boolean') return [[name, text === 'true']];
      const number = Number(text);
      return [[name, type === 'string' || Number.isNaN(number) ? text : number]];
    }),
  );
}
