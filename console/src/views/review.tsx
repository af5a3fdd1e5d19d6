import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { mergeQueueQuery, proposalQueueQuery } from '../api/queries.ts';
import { Link } from '../router.tsx';
import { useFilters } from '../ui/filters.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Loaded, Panel, Time } from '../ui/parts.tsx';
import { count } from '../words.ts';
import { mergePlace } from './merge.tsx';
import { proposalPlace } from './proposal.tsx';

/** Matters for the judgement of a person: pairs that may be one thing, and proposed changes of profiles. */
export function Review() {
  const filters = useFilters({});
  // The order of a queue stays while a person goes through it; its list has only what is still open.
  const merges = useQuery({ ...mergeQueueQuery, refetchOnMount: 'always' });
  const proposals = useQuery({ ...proposalQueueQuery, refetchOnMount: 'always' });
  return (
    <Page title="Review" filters={filters}>
      <Panel title="Are these the same?" aside={<Begin to={merges.data?.[0]} place={mergePlace} />}>
        <Loaded query={merges}>
          {(all) =>
            all.length === 0 ? (
              <Empty title="No pair of entities waits for you." command="coppice run deduplicate-facts --wait" />
            ) : (
              <Queue heads={['Pair', 'Group', 'In common']}>
                {all.map(({ id, evidence, type, group_id: group, created_at: at }) => (
                  <Row
                    key={id}
                    to={mergePlace(id)}
                    name={`${evidence.survivor_name} = ${evidence.loser_name}?`}
                    about={type}
                    where={group}
                    number={evidence.agree.length}
                    at={at}
                  />
                ))}
              </Queue>
            )
          }
        </Loaded>
      </Panel>
      <Panel title="Proposed changes" aside={<Begin to={proposals.data?.[0]} place={proposalPlace} />}>
        <Loaded query={proposals}>
          {(all) =>
            all.length === 0 ? (
              <Empty title="No proposal waits for you." command="coppice run profile-maintenance --wait" />
            ) : (
              <>
                <p className="quiet">The next run applies those that no one rejects, if the data is as it was.</p>
                <Queue heads={['About', 'By', 'Lines to go']}>
                  {all.map(({ id, entity_id: entity, entity_type: type, collection, model, due, created_at: at }) => (
                    <Row
                      key={id}
                      to={proposalPlace(id)}
                      name={entity}
                      about={`${type} of ${collection}`}
                      where={model ?? 'rules'}
                      number={due}
                      at={at}
                    />
                  ))}
                </Queue>
              </>
            )
          }
        </Loaded>
      </Panel>
    </Page>
  );
}

interface BeginProps {
  readonly to: { readonly id: string } | undefined;
  readonly place: (id: string) => string;
}

function Begin({ to, place }: BeginProps) {
  if (to === undefined) return null;
  return (
    <Link className="button" href={place(to.id)}>
      Begin
    </Link>
  );
}

function Queue({
  heads,
  children,
}: {
  readonly heads: readonly [string, string, string];
  readonly children: ReactNode;
}) {
  const [first, second, third] = heads;
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">{first}</th>
          <th scope="col">{second}</th>
          <th scope="col" className="number">
            {third}
          </th>
          <th scope="col" className="wide">
            Found
          </th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

interface RowProps {
  readonly to: string;
  readonly name: string;
  readonly about: string;
  readonly where: string;
  readonly number: number;
  readonly at: string;
}

function Row({ to, name, about, where, number, at }: RowProps) {
  return (
    <tr>
      <td>
        <Link href={to}>
          <bdi className="id">{name}</bdi>
        </Link>
        <small>{about}</small>
      </td>
      <td>
        <bdi className="id">{where}</bdi>
      </td>
      <td className="number">{count(number)}</td>
      <td className="wide">
        <Time at={at} />
      </td>
    </tr>
  );
}
