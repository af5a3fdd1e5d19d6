import { createContext, use } from 'react';
import type { Session } from './api/queries.ts';

const scopes = ['read', 'run', 'admin'] as const;

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error('there is no session');
  return session;
}

/** Whether the token allows actions of this scope. `whole`: of actions that concern the installation as a whole. */
export function useMay(): (scope: Session['scope'], options?: { readonly whole?: boolean }) => boolean {
  const { scope: held, limited } = useSession();
  return (scope, { whole = true } = {}) => scopes.indexOf(held) >= scopes.indexOf(scope) && !(whole && limited);
}
