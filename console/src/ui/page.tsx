import { type ReactNode, useEffect, useRef } from 'react';
import { type Filters, UnknownFilters } from './filters.tsx';

interface PageProps {
  readonly title: string;
  readonly above?: ReactNode;
  readonly actions?: ReactNode;
  /** Of a list. */
  readonly filters?: Omit<Filters<never>, 'values'>;
  readonly children: ReactNode;
}

let first = true;

/** A view with its heading, which receives the focus when the view is opened, so that a screen reader reads it. */
export function Page({ title, above, actions, filters, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Coppice`;
  }, [title]);
  useEffect(() => {
    if (!first) heading.current?.focus({ preventScroll: true });
    first = false;
  }, []);
  return (
    <main id="main">
      <header className="page-head">
        <div>
          {above}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
        </div>
        {actions === undefined ? null : <div className="actions">{actions}</div>}
      </header>
      {filters === undefined ? null : <UnknownFilters filters={filters} />}
      {children}
    </main>
  );
}
