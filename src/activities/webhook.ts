import { createHmac, randomUUID } from 'node:crypto';

export interface Webhook {
  readonly url: string;
  /** Signs what is sent; `null`: it goes unsigned. */
  readonly secret: string | null;
}

const timeoutMs = 10_000;

/**
 * Posts an event. Signed as Standard Webhooks has it, for which there are libraries in most languages: the id, the time
 * in seconds and the body, joined by dots, under HMAC-SHA256. The id stays the same when an event is sent again.
 */
export async function postWebhook(
  { url, secret }: Webhook,
  event: Readonly<Record<string, unknown>>,
  id: string = randomUUID(),
): Promise<void> {
  const body = JSON.stringify(event);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      ...(secret === null ? {} : { 'webhook-signature': `v1,${signature(secret, id, timestamp, body)}` }),
    },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
}

function signature(secret: string, id: string, timestamp: string, body: string): string {
  return createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
}

/** `whsec_` is followed by the key in base64; any other secret is the key as it stands. */
function keyOf(secret: string): Buffer {
  const [, encoded] = /^whsec_(.+)$/.exec(secret) ?? [];
  return encoded === undefined ? Buffer.from(secret, 'utf8') : Buffer.from(encoded, 'base64');
}
