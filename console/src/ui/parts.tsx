import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { ApiError } from '../api/client.ts';
import { mayRecover, type Run } from '../api/queries.ts';
import { plural, relative, sentence, statusWords } from '../words.ts';

/** Small parts that all views use. */

export function Status({ status, decided = false }: { readonly status: Run['status']; readonly decided?: boolean }) {
  const words = status === 'held' && decided ? 'approved' : statusWords[status];
  return (
    <span className="status" data-status={decided ? 'decided' : status}>
      {words}
    </span>
  );
}

let nowMs = Date.now();
const tickMs = 10_000;

function onTick(listener: () => void): () => void {
  const timer = setInterval(() => {
    if (document.hidden) return;
    nowMs = Date.now();
    listener();
  }, tickMs);
  return () => clearInterval(timer);
}

function useNow(): number {
  return useSyncExternalStore(onTick, () => nowMs);
}

const zoned = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** A time as far from now as it is; the viewer's own zone and UTC are in the title. */
export function Time({ at, exact = false }: { readonly at: string | null; readonly exact?: boolean }) {
  const now = useNow();
  if (at === null) return <span className="quiet">–</span>;
  const local = zoned.format(new Date(at));
  const title = `${local} · ${at.slice(0, 19).replace('T', ' ')} UTC`;
  return (
    <time dateTime={at} title={title}>
      {exact ? local : relative(at, Math.max(now, Date.now()))}
    </time>
  );
}

/** Text of a store: any script and direction, any length. */
export function Id({ children, title }: { readonly children: string; readonly title?: string }) {
  return (
    <bdi className="id" title={title ?? children}>
      {children}
    </bdi>
  );
}

/** A sentence of the catalogue, in which code is between backticks. */
export function Marked({ children }: { readonly children: string }) {
  const parts = children.split('`').map((text, at) => ({ text, key: `${at} ${text}`, isCode: at % 2 === 1 }));
  return parts.map(({ text, key, isCode }) => (isCode ? <code key={key}>{text}</code> : text));
}

const copiedMs = 1_500;

export function Command({ children }: { readonly children: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), copiedMs);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <span className="command">
      <code>{children}</code>
      <button type="button" className="plain" onClick={() => void copy(children).then(setCopied)}>
        {copied ? 'Copied' : 'Copy'}
      </button>
    </span>
  );
}

/** The clipboard exists on secure pages alone; a selected field can be copied on every page. */
async function copy(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Denied: the field below may still be allowed.
    }
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'off-screen';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}

interface EmptyProps {
  readonly title: string;
  /** Command that changes it. */
  readonly command?: string;
  readonly children?: ReactNode;
}

export function Empty({ title, command, children }: EmptyProps) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
      {command === undefined ? null : <Command>{command}</Command>}
    </div>
  );
}

export function ErrorNote({ error, aside = tryAgain(error) }: { readonly error: Error; readonly aside?: string }) {
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : null;
  return (
    <div className="note" data-tone="bad" role="alert">
      <strong>
        <Marked>{sentence(error.message) || 'It failed.'}</Marked>
      </strong>
      {hint === null ? null : (
        <span>
          <Marked>{hint}</Marked>
        </span>
      )}
      {aside === '' ? null : <span>{aside}</span>}
    </div>
  );
}

function Loading() {
  return (
    <p className="loading" role="status">
      Loading …
    </p>
  );
}

interface Answered<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  /** Times that the question has failed. A question that is asked again has no error until it has failed again. */
  readonly errorUpdateCount: number;
}

/**
 * An answer stays in view while a later question fails. The banner of the connection says so where there was no answer at all,
 * and a note above it where the server answered with an error.
 */
export function Loaded<T>({
  query,
  children,
}: {
  readonly query: Answered<T>;
  readonly children: (data: T) => ReactNode;
}) {
  const { data, error, errorUpdateCount } = query;
  const [last, setLast] = useState<Error | null>(null);
  if (error !== null && error !== last) setLast(error);
  if (data !== undefined) {
    return (
      <>
        {error instanceof ApiError && error.status !== 401 ? (
          <ErrorNote error={error} aside={`What is shown here may be old. ${again(error)}`} />
        ) : null}
        {children(data)}
      </>
    );
  }
  if (last === null || errorUpdateCount === 0) return <Loading />;
  return <ErrorNote error={last} aside={again(last)} />;
}

function waitOf(error: Error): string | null {
  const seconds = error instanceof ApiError ? error.retryAfterSeconds : null;
  return seconds === null ? null : plural(seconds, 'second');
}

/** Of what a person did. */
function tryAgain(error: Error): string {
  const wait = waitOf(error);
  return wait === null ? '' : `Try again in ${wait}.`;
}

/** Of what the page asks by itself. */
function again(error: Error): string {
  if (!mayRecover(error)) return '';
  const wait = waitOf(error);
  return `The page asks again by itself${wait === null ? '' : `, in ${wait}`}.`;
}

interface PanelProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Panel({ title, aside, children }: PanelProps) {
  return (
    <section className="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
