import { z } from 'zod';
import type { Question } from './port.ts';

/** How an endpoint is told the shape of the answer, most exact first. */
const formats = ['json_schema', 'json_object', 'none'] as const;

/**
 * The parameters that an endpoint takes. Endpoints that speak the protocol differ: some know no shapes, newer models of
 * OpenAI take `max_completion_tokens` in place of `max_tokens` and no temperature. A parameter that an endpoint refuses
 * by name is left out from then on, also for later questions.
 */
export class Dialect {
  #format = 0;
  #limit: 'max_tokens' | 'max_completion_tokens' = 'max_tokens';
  #temperature = true;

  /** How often `adapt` can find something to change: a bound on requests. */
  static readonly mostChanges = formats.length - 1 + 2;

  /** The version of the dialect, for requests that are answered after it changed. */
  get version(): string {
    return `${this.#format} ${this.#limit} ${this.#temperature}`;
  }

  body<T>({ name, system, user, schema }: Question<T>, model: string, maxTokens: number): object {
    return {
      model,
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: user },
      ],
      stream: false,
      [this.#limit]: maxTokens,
      ...(this.#temperature ? { temperature: 0 } : {}),
      ...this.#formatOf(name, schema),
    };
  }

  #formatOf<T>(name: string, schema: z.ZodType<T>): object {
    const format = formats[this.#format];
    if (format === 'none') return {};
    if (format === 'json_object') return { response_format: { type: 'json_object' } };
    return { response_format: { type: 'json_schema', json_schema: { name, schema: z.toJSONSchema(schema) } } };
  }

  /** Leaves out what the endpoint refused; `false`: there is nothing left to leave out. */
  adapt(refusal: string): boolean {
    if (this.#limit === 'max_tokens' && refusal.includes('max_completion_tokens')) {
      this.#limit = 'max_completion_tokens';
      return true;
    }
    if (this.#temperature && refusal.includes('temperature')) {
      this.#temperature = false;
      return true;
    }
    if (this.#format === formats.length - 1 || !/response_format|json_schema|json_object|schema/i.test(refusal))
      return false;
    this.#format += 1;
    return true;
  }
}
