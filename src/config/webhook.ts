import { z } from 'zod';
import { type Environment, set } from './set.ts';

/** Where people are told of held runs and alerts, and once a week of everything together. */

export const webhookFormats = ['coppice', 'slack', 'pagerduty', 'alertmanager'] as const;
export type WebhookFormat = (typeof webhookFormats)[number];

const digestFormats = ['coppice', 'slack'] as const satisfies readonly WebhookFormat[];

export interface WebhookConfig {
  readonly url: string;
  readonly format: WebhookFormat;
  /** Signs the requests; `null`: they are not signed. */
  readonly secret: string | null;
  /** Names the service in PagerDuty; `null` in every other format. */
  readonly routingKey: string | null;
}

const webhookAddress = z.url({ protocol: /^https?$/ });

/** The keys of the file that belong to webhooks, at its top level. */
export const webhookSettings = {
  webhook_url: webhookAddress,
  webhook_format: z.enum(webhookFormats),
  weekly_digest: z.strictObject({ enabled: z.boolean(), url: webhookAddress, format: z.enum(digestFormats) }).partial(),
};

type Settings = z.infer<z.ZodObject<typeof webhookSettings>>;

/** The webhook and that of the weekly digest; `null`: nobody is told. Environment over file. */
export function toWebhooks(
  settings: Partial<Settings>,
  env: Environment,
  problems: string[],
): { readonly webhook: WebhookConfig | null; readonly digest: WebhookConfig | null } {
  if (isMisspeltKey(secretOf(env) ?? '')) {
    problems.push('COPPICE_WEBHOOK_SECRET: must be base64 after whsec_, or any text that does not begin so');
  }
  const webhook = webhookOf(settings, env, problems);
  return { webhook, digest: digestOf(settings.weekly_digest, webhook, env, problems) };
}

function webhookOf(settings: Partial<Settings>, env: Environment, problems: string[]): WebhookConfig | null {
  const format = formatOf(settings, env, problems);
  const named = set(env.COPPICE_WEBHOOK_URL);
  if (named !== undefined && !webhookAddress.safeParse(named).success) {
    // Without the value, which is a secret in many services.
    problems.push('COPPICE_WEBHOOK_URL: must be an address that begins with http:// or https://');
    return null;
  }
  const url = named ?? settings.webhook_url ?? null;
  if (url === null) {
    if (format !== 'coppice') problems.push('webhook_format: has no effect without webhook_url or COPPICE_WEBHOOK_URL');
    return null;
  }
  const routingKey = set(env.COPPICE_PAGERDUTY_ROUTING_KEY) ?? null;
  if (format === 'pagerduty' && routingKey === null) {
    problems.push(
      'COPPICE_PAGERDUTY_ROUTING_KEY: must hold the integration key of the service (webhook_format: pagerduty)',
    );
  }
  return {
    ...{ url, format, secret: secretOf(env) },
    routingKey: format === 'pagerduty' ? routingKey : null,
  };
}

function formatOf(settings: Partial<Settings>, env: Environment, problems: string[]): WebhookFormat {
  const named = set(env.COPPICE_WEBHOOK_FORMAT);
  if (named === undefined) return settings.webhook_format ?? 'coppice';
  const format = webhookFormats.find((one) => one === named);
  if (format === undefined) {
    problems.push(`COPPICE_WEBHOOK_FORMAT: must be one of ${webhookFormats.join(', ')}, not '${named}'`);
  }
  return format ?? 'coppice';
}

function digestOf(
  settings: Settings['weekly_digest'] = {},
  webhook: WebhookConfig | null,
  env: Environment,
  problems: string[],
): WebhookConfig | null {
  if (settings.enabled !== true) {
    const [unused] = Object.keys(settings).filter((name) => name !== 'enabled');
    if (unused !== undefined && settings.enabled === undefined) {
      problems.push(`weekly_digest.${unused}: has no effect without weekly_digest.enabled: true`);
    }
    return null;
  }
  const url = settings.url ?? webhook?.url;
  if (url === undefined) {
    problems.push('weekly_digest.url: must be set where there is no webhook_url');
    return null;
  }
  const format = settings.format ?? (settings.url === undefined ? webhook?.format : 'coppice') ?? 'coppice';
  if (!digestFormats.some((one) => one === format)) {
    problems.push(
      `weekly_digest.url: must be set: ${format} takes incidents, and a digest is none. Set the address of a channel, and weekly_digest.format`,
    );
  }
  return { url, format, secret: secretOf(env), routingKey: null };
}

/** A receiver would decode another key, and refuse every signature. */
function isMisspeltKey(secret: string): boolean {
  const [, key] = /^whsec_(.*)$/.exec(secret) ?? [];
  return key !== undefined && !/^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(key);
}

function secretOf(env: Environment): string | null {
  return set(env.COPPICE_WEBHOOK_SECRET) ?? null;
}

/** For `coppice config show`: addresses without their paths, which are secrets in many services. */
export function showWebhooks({
  webhook,
  digest,
}: {
  readonly webhook: WebhookConfig | null;
  readonly digest: WebhookConfig | null;
}) {
  return {
    webhook_url: webhook === null ? null : new URL(webhook.url).origin,
    webhook_format: webhook?.format ?? null,
    webhook_secret: webhook === null || webhook.secret === null ? null : '[set]',
    weekly_digest: digest === null ? null : { url: new URL(digest.url).origin, format: digest.format },
  };
}
