import { useInfiniteQuery } from '@tanstack/react-query';
import { type Item, itemsQuery, type RunDetail } from '../api/queries.ts';
import { useSession } from '../session.ts';
import { Empty, Id, Loaded, Panel } from '../ui/parts.tsx';

/** Items of the run in the ledger. */
export function Items({ run }: { readonly run: RunDetail }) {
  const { content } = useSession();
  const items = useInfiniteQuery(itemsQuery(run));
  const all = items.data?.pages.flatMap((page) => page.items) ?? [];
  const leftOut = items.data?.pages[0]?.left_out ?? [];
  if (items.isSuccess && all.length === 0 && leftOut.length === 0 && run.status === 'held') return null;
  return (
    <Panel title="Item by item" aside={<span className="quiet">from the ledger</span>}>
      {leftOut.map(({ collection, reason }) => (
        <p className="note" key={collection}>
          <Id>{collection}</Id> cannot be shown: {reason}.
        </p>
      ))}
      <Loaded query={items}>
        {() =>
          all.length === 0 ? (
            <Empty title="The ledger holds nothing of this run: it changed nothing, an undo has put it back, or it has aged." />
          ) : (
            <ItemTable items={all} />
          )
        }
      </Loaded>
      {all.length === 0 || content ? null : (
        <p className="quiet">Ids only: content needs a token made with coppice token create --content.</p>
      )}
      {items.hasNextPage ? (
        <p className="more">
          <button type="button" disabled={items.isFetchingNextPage} onClick={() => void items.fetchNextPage()}>
            {items.isFetchingNextPage ? 'Loading …' : 'More items'}
          </button>
        </p>
      ) : null}
    </Panel>
  );
}

function ItemTable({ items }: { readonly items: readonly Item[] }) {
  return (
    <table className="table items">
      <thead>
        <tr>
          <th scope="col">Item</th>
          <th scope="col">Partition</th>
          <th scope="col">What happened</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={`${item.kind} ${item.collection} ${item.partition} ${item.id} ${item.field}`}>
            <td>
              <Id>{item.id}</Id>
              <small>{item.kind === 'row' ? item.collection : `${item.kind} of ${item.collection}`}</small>
            </td>
            <td>
              <Id>{item.partition}</Id>
            </td>
            <td>
              {item.effect}
              {item.reason === null ? '' : `: ${item.reason.replaceAll('_', ' ')}`}
              {item.refused ? ' (an undo left it as it is)' : ''}
              <Values item={item} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Values({ item: { before, after, field } }: { readonly item: Item }) {
  if (before === null && after === null) return field === null ? null : <small>{field}</small>;
  if (field !== null) {
    return (
      <p className="change">
        {field} <del>{before?.[field] ?? 'nothing'}</del> <ins>{after?.[field] ?? 'nothing'}</ins>
      </p>
    );
  }
  const values = Object.entries(before ?? {}).filter(([, value]) => value !== null);
  return (
    <details>
      <summary>Its content</summary>
      <dl className="values">
        {values.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
