import { z } from 'zod';
import type { ModelConfig } from './config.ts';
import { type Environment, set } from './set.ts';

/** The section `model`: the language model that jobs may ask for proposals. */

const endpointUrl = z.url({ protocol: /^https?$/ }).refine((text) => {
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.password === '';
}, 'must carry no credentials: set COPPICE_MODEL_KEY');

export const modelSchema = z
  .strictObject({
    url: endpointUrl,
    name: z.string().min(1),
    timeout_seconds: z.number().min(1).max(3_600),
    max_answer_tokens: z.int().min(64).max(1_000_000),
    max_answer_bytes: z.int().min(1_024).max(104_857_600),
    max_question_tokens: z.int().min(256).max(2_000_000),
    max_concurrent: z.int().min(1).max(256),
    calls_per_minute: z.number().min(0.1).max(100_000),
  })
  .partial();

type Settings = z.infer<typeof modelSchema>;

const defaults = {
  timeoutSeconds: 60,
  maxAnswerTokens: 4_096,
  maxAnswerBytes: 1_048_576,
  maxQuestionTokens: 24_000,
  maxConcurrent: 4,
};

/** `null`: no endpoint is configured, and jobs do what their rules can do. Environment over file. */
export function toModel(settings: Settings = {}, env: Environment, problems: string[]): ModelConfig | null {
  const url = set(env.COPPICE_MODEL_URL) ?? settings.url;
  const name = set(env.COPPICE_MODEL) ?? settings.name;
  const apiKey = set(env.COPPICE_MODEL_KEY) ?? null;
  if (apiKey !== null && !/^[\x21-\x7e]+$/.test(apiKey)) {
    problems.push('COPPICE_MODEL_KEY: contains a character that no key can contain, such as a line end');
  }
  if (url === undefined) {
    const [unused] = Object.keys(settings);
    if (unused !== undefined) problems.push(`model.${unused}: has no effect without model.url or COPPICE_MODEL_URL`);
    return null;
  }
  const checked = endpointUrl.safeParse(url);
  if (!checked.success) problems.push(`COPPICE_MODEL_URL: ${checked.error.issues[0]?.message ?? 'is no URL'}`);
  if (name === undefined) problems.push('model.name: name the model of the endpoint, here or in COPPICE_MODEL');
  return {
    url,
    name: name ?? '',
    apiKey,
    timeoutSeconds: settings.timeout_seconds ?? defaults.timeoutSeconds,
    maxAnswerTokens: settings.max_answer_tokens ?? defaults.maxAnswerTokens,
    maxAnswerBytes: settings.max_answer_bytes ?? defaults.maxAnswerBytes,
    maxQuestionTokens: settings.max_question_tokens ?? defaults.maxQuestionTokens,
    maxConcurrent: settings.max_concurrent ?? defaults.maxConcurrent,
    callsPerMinute: settings.calls_per_minute ?? null,
  };
}

/** As `coppice config show` prints it. */
export function showModel(config: ModelConfig | null): object | null {
  if (config === null) return null;
  return {
    url: config.url,
    name: config.name,
    timeout_seconds: config.timeoutSeconds,
    max_answer_tokens: config.maxAnswerTokens,
    max_answer_bytes: config.maxAnswerBytes,
    max_question_tokens: config.maxQuestionTokens,
    max_concurrent: config.maxConcurrent,
    calls_per_minute: config.callsPerMinute,
    api_key: config.apiKey === null ? null : '[set]',
  };
}
