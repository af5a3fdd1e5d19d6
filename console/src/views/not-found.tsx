import { ApiError } from '../api/client.ts';
import { Link } from '../router.tsx';
import { Page } from '../ui/page.tsx';
import { Id } from '../ui/parts.tsx';

/** Whether the server knows nothing under this id, or it can be no id at all. */
export function isMissing({ data, error }: { readonly data: unknown; readonly error: Error | null }): boolean {
  return data === undefined && error instanceof ApiError && [400, 404].includes(error.status);
}

interface NotFoundProps {
  /** The kind of thing that was asked for, such as `run`; a page without it. */
  readonly what?: string;
  readonly id?: string;
  /** The list that has those that exist. */
  readonly list?: readonly [href: string, name: string];
}

export function NotFound({ what = 'page', id, list = ['/', 'Overview'] }: NotFoundProps) {
  const [href, name] = list;
  return (
    <Page title={`There is no such ${what}`} above={<Link href={href}>{name}</Link>}>
      <p>
        {id === undefined ? (
          'Nothing is shown at this address.'
        ) : (
          <>
            There is no {what} with the id <Id>{id}</Id>, or your token may not see it.
          </>
        )}
      </p>
    </Page>
  );
}
