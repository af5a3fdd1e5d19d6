import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useState, useSyncExternalStore } from 'react';
import { connectionStore, signOut } from './api/client.ts';
import { endSession, endSessionOn, overviewQuery, type Session, sessionQuery } from './api/queries.ts';
import { Link, parameterOf, usePlace } from './router.tsx';
import { SessionContext } from './session.ts';
import { chooseTheme, storedTheme, type Theme, themes } from './theme.ts';
import { useKeptFocus } from './ui/focus.ts';
import { ErrorNote, Loaded } from './ui/parts.tsx';
import { DeadLetters } from './views/dead-letters.tsx';
import { Groups } from './views/groups.tsx';
import { Holds } from './views/holds.tsx';
import { Insights } from './views/insights.tsx';
import { JobView } from './views/job.tsx';
import { Jobs } from './views/jobs.tsx';
import { MergeView } from './views/merge.tsx';
import { NotFound } from './views/not-found.tsx';
import { OverviewView } from './views/overview.tsx';
import { ProposalView } from './views/proposal.tsx';
import { ReportView } from './views/report.tsx';
import { Reports } from './views/reports.tsx';
import { Review } from './views/review.tsx';
import { RunView } from './views/run.tsx';
import { Runs } from './views/runs.tsx';
import { SignIn } from './views/sign-in.tsx';
import { Stores } from './views/stores.tsx';
import { capital, capped } from './words.ts';

export function App({ link }: { readonly link: string | null }) {
  const [unusedLink, setUnusedLink] = useState(link);
  const session = useQuery({ ...sessionQuery, enabled: unusedLink === null });
  const forgetLink = useCallback(() => setUnusedLink(null), []);
  if (unusedLink !== null) return <SignIn link={unusedLink} onDone={forgetLink} />;
  if (session.data === undefined) {
    return (
      <div className="alone">
        <Loaded query={session}>{() => null}</Loaded>
      </div>
    );
  }
  if (session.data === null) return <SignIn link={null} onDone={forgetLink} />;
  return (
    <SessionContext value={session.data}>
      <Shell session={session.data}>
        <View />
      </Shell>
    </SessionContext>
  );
}

function View() {
  const { path } = usePlace();
  const run = parameterOf(path, '/runs');
  const job = parameterOf(path, '/jobs');
  const proposal = parameterOf(path, '/review');
  const merge = parameterOf(path, '/merges');
  const report = parameterOf(path, '/reports', /^[0-9a-f]+$/);
  if (run !== null) return <RunView key={run} id={run} />;
  if (job !== null) return <JobView key={job} id={job} />;
  if (proposal !== null) return <ProposalView key={proposal} id={proposal} />;
  if (merge !== null) return <MergeView key={merge} id={merge} />;
  if (report !== null) return <ReportView key={report} id={report} />;
  const view = views[path];
  return view === undefined ? <NotFound /> : view();
}

const views: Readonly<Record<string, () => ReactNode>> = {
  '/': () => <OverviewView />,
  '/sign-in': () => <OverviewView />,
  '/jobs': () => <Jobs />,
  '/runs': () => <Runs />,
  '/review': () => <Review />,
  '/dead-letters': () => <DeadLetters />,
  '/holds': () => <Holds />,
  '/groups': () => <Groups />,
  '/stores': () => <Stores />,
  '/insights': () => <Insights />,
  '/reports': () => <Reports />,
};

const places = [
  ['/', 'Overview'],
  ['/runs', 'Runs'],
  ['/jobs', 'Jobs'],
  ['/review', 'Review'],
  ['/dead-letters', 'Dead letters'],
  ['/holds', 'Holds'],
  ['/groups', 'Groups'],
  ['/stores', 'Stores'],
  ['/insights', 'Insights'],
  ['/reports', 'Reports'],
] as const;

/** Places that concern the installation as a whole. */
const wholePlaces: readonly string[] = ['/stores'];

function Shell({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  useKeptFocus();
  const { path } = usePlace();
  const { data } = useQuery(overviewQuery);
  const needs = data?.needs_you;
  const badges: Readonly<Record<string, number>> = {
    '/review': (needs?.proposals ?? 0) + (needs?.merges ?? 0),
    '/dead-letters': (needs?.dead_letters ?? []).reduce((sum, { count }) => sum + count, 0),
  };
  const isHere = (to: string) =>
    to === '/'
      ? path === '/' || path === '/sign-in'
      : path === to || path.startsWith(`${to}/`) || (to === '/review' && path.startsWith('/merges/'));
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <nav aria-label="Console">
        <Link href="/" className="brand" aria-label="Coppice, overview">
          <Mark />
          <span>
            Coppice
            {session.installation === null ? null : <small>{session.installation}</small>}
          </span>
        </Link>
        <ul>
          {places
            .filter(([to]) => !(session.limited && wholePlaces.includes(to)))
            .map(([to, name]) => {
              const badge = badges[to] ?? 0;
              return (
                <li key={to}>
                  <Link href={to} aria-current={isHere(to) ? 'page' : undefined}>
                    {name}
                    {badge === 0 ? null : <span className="badge">{capped(badge)}</span>}
                  </Link>
                </li>
              );
            })}
        </ul>
      </nav>
      <div className="content">
        <ConnectionBanner />
        {children}
      </div>
      <Account session={session} />
    </div>
  );
}

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M16 27V14M16 20 9 13V6M16 18l7-7V6M16 14V5" />
    </svg>
  );
}

function Account({ session }: { readonly session: Session }) {
  const [theme, setTheme] = useState<Theme>(storedTheme);
  return (
    <footer className="account">
      <label>
        <span className="off-screen">Theme</span>
        <select
          value={theme}
          onChange={(event) => {
            const chosen = themes.find((one) => one === event.target.value) ?? 'system';
            chooseTheme(chosen);
            setTheme(chosen);
          }}
        >
          {themes.map((one) => (
            <option key={one} value={one}>
              {`${capital(one)} theme`}
            </option>
          ))}
        </select>
      </label>
      <p className="quiet">
        <bdi>{session.token}</bdi> · {session.scope}
        {session.limited ? ', limited' : ''}
        <br />
        <span>version {session.version}</span>
      </p>
      <SignOut session={session} />
    </footer>
  );
}

function SignOut({ session }: { readonly session: Session }) {
  const [error, setError] = useState<Error | null>(null);
  // The token itself was sent: by a proxy, which alone can stop doing so.
  if (session.expires_at === null) return <p className="quiet">Your proxy signs you in and out.</p>;
  const leave = () =>
    signOut().then(endSession, (failure: Error) => {
      endSessionOn(failure);
      setError(failure);
    });
  return (
    <>
      <button type="button" className="plain" onClick={() => void leave()}>
        Sign out
      </button>
      {error === null ? null : <ErrorNote error={error} aside="You are still signed in." />}
    </>
  );
}

function ConnectionBanner() {
  const connection = useSyncExternalStore(connectionStore.subscribe, connectionStore.get);
  return (
    <div role="status" aria-live="polite">
      {connection === 'answers' ? null : (
        <p className="banner" data-tone={connection === 'gone' ? 'bad' : 'ask'}>
          {connection === 'gone'
            ? 'The server does not answer. This page may show old data; it asks again by itself.'
            : 'The server takes long to answer. This page may show old data until it does.'}
        </p>
      )}
    </div>
  );
}
