import { createHmac } from 'node:crypto';
import type { WebhookConfig } from '../../config/webhook.ts';
import { bodyOf } from './formats.ts';
import type { Notice } from './notice.ts';

const timeoutMs = 10_000;

/** Answers that are about the notice and not about the webhook: another notice may be taken. */
const ofTheNotice: ReadonlySet<number> = new Set([400, 413, 422]);

/** The webhook did not take a notice. Names its host alone: the rest of an address is a secret in many services. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
  /** Whether the webhook may take another notice. */
  readonly onlyThis: boolean;
  constructor({ host }: URL, reason: string, status: number | null = null) {
    super(`the webhook ${reason}: ${host}`);
    this.onlyThis = status !== null && ofTheNotice.has(status);
  }
}

/**
 * Posts a notice in the format of the webhook. The headers are those of Standard Webhooks, for which there are libraries in
 * most languages: the id, the time in seconds and the body, joined by dots, under HMAC-SHA256. The id stays the same when
 * a notice is sent again.
 */
export async function postNotice(webhook: WebhookConfig, notice: Notice): Promise<void> {
  const content = bodyOf(notice, webhook);
  if (content === null) return;
  const { address, authorization } = withoutCredentials(webhook.url);
  const body = JSON.stringify(content);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const { secret } = webhook;
  const response = await fetch(address, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': notice.id,
      'webhook-timestamp': timestamp,
      ...(secret === null ? {} : { 'webhook-signature': `v1,${signature(secret, notice.id, timestamp, body)}` }),
      ...(authorization === null ? {} : { authorization }),
    },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    throw new WebhookError(address, `did not answer (${reasonOf(error)})`);
  });
  await response.body?.cancel().catch(() => {});
  const { ok, status } = response;
  if (!ok) throw new WebhookError(address, `answered ${status}`, status);
}

/** The platform says only that a request failed; its cause has the code of the network or of TLS. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `within ${timeoutMs / 1000} s`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause ? String(cause.code) : cause.message;
}

/** `fetch` refuses an address with a user or a password in it. */
function withoutCredentials(text: string): { readonly address: URL; readonly authorization: string | null } {
  const address = new URL(text);
  const { username, password } = address;
  address.username = '';
  address.password = '';
  if (username === '' && password === '') return { address, authorization: null };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { address, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function signature(secret: string, id: string, timestamp: string, body: string): string {
  return createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
}

/** `whsec_` is followed by the key in base64; any other secret is the key as it stands. */
function keyOf(secret: string): Buffer {
  const [, encoded] = /^whsec_(.+)$/.exec(secret) ?? [];
  return encoded === undefined ? Buffer.from(secret, 'utf8') : Buffer.from(encoded, 'base64');
}
