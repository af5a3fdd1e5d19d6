import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { signIn } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { Command, ErrorNote } from '../ui/parts.tsx';

/** A link is used once: two renders of the page share the attempt. */
let linkAttempt: Promise<void> | null = null;

/** Asks for a token, or uses the link that `coppice up` has printed. The address stays: one returns to where one was. */
export function SignIn({ link, onDone }: { readonly link: string | null; readonly onDone: () => void }) {
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(link !== null);
  useEffect(() => {
    document.title = 'Sign in · Coppice';
    if (link === null) return;
    linkAttempt ??= signIn({ link });
    linkAttempt.then(onDone, (failure: Error) => {
      setError(failure);
      setBusy(false);
    });
  }, [link, onDone]);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get('token') ?? '').trim();
    if (token === '' || busy) return;
    setBusy(true);
    setError(null);
    try {
      await signIn({ token });
      onDone();
      await client.resetQueries({ queryKey: sessionQuery.queryKey });
      await client.invalidateQueries();
    } catch (failure) {
      setError(failure instanceof Error ? failure : new Error(String(failure)));
    }
    setBusy(false);
  };
  return (
    <main className="alone">
      <form className="sign-in" onSubmit={(event) => void submit(event)}>
        <h1>Coppice</h1>
        <p>Sign in with a token of the HTTP API.</p>
        <label className="field">
          <span>Token</span>
          <input name="token" type="password" autoComplete="current-password" spellCheck={false} required />
        </label>
        {error === null ? null : <ErrorNote error={error} />}
        <button type="submit" className="primary" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
        <p className="quiet">No token? This prints a link that signs in once:</p>
        <Command>coppice console</Command>
      </form>
    </main>
  );
}
