import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { CodecError } from './codec.ts';

const pageSize = 1_000;

/**
 * Ids of the schedules that this installation made, by their memo; the server's list may lag behind by a moment. Others
 * may share the namespace and encrypt with keys of their own: what cannot be read is not ours, which is why the SDK's own
 * list, which reads every memo, is not used. Where nothing at all is ours and something could not be read, the keys are
 * wrong.
 */
export async function* ownScheduleNames(client: Client, installation: string): AsyncGenerator<string> {
  let found = 0;
  let unread: unknown = null;
  for await (const { id, memo } of scheduleEntries(client)) {
    try {
      if ((await memoText(client, memo.coppice_installation)) !== installation) continue;
      found += 1;
      yield id;
    } catch (error) {
      unread ??= error instanceof CodecError ? error : null;
    }
  }
  if (found === 0 && unread !== null) throw unread;
}

/**
 * Names of the plugins whose schedules this installation has, by their memo. A memo that cannot be read is not ours.
 */
export async function pluginsWithSchedules(client: Client, installation: string): Promise<string[]> {
  const found = new Set<string>();
  for await (const { memo } of scheduleEntries(client)) {
    if (memo.coppice_plugin === undefined) continue;
    const own = await memoText(client, memo.coppice_installation).catch(() => null);
    if (own === installation) found.add(String(await memoText(client, memo.coppice_plugin)));
  }
  return [...found].sort();
}

/** Everything in the namespace, as the server tells it. */
export async function* scheduleEntries(
  client: Client,
): AsyncGenerator<{ id: string; memo: Readonly<Record<string, Payload>> }> {
  const { namespace } = client.options;
  let nextPageToken: Uint8Array | null = null;
  do {
    const page: Awaited<ReturnType<typeof client.workflowService.listSchedules>> =
      await client.workflowService.listSchedules({ namespace, maximumPageSize: pageSize, nextPageToken });
    for (const { scheduleId, memo } of page.schedules)
      if (scheduleId) yield { id: scheduleId, memo: memo?.fields ?? {} };
    nextPageToken = page.nextPageToken;
  } while (nextPageToken !== null && nextPageToken.length > 0);
}

async function memoText(client: Client, payload: Payload | undefined): Promise<unknown> {
  if (payload === undefined) return null;
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let decoded = payload;
  for (const codec of payloadCodecs) [decoded = payload] = await codec.decode([decoded]);
  return payloadConverter.fromPayload(decoded);
}
