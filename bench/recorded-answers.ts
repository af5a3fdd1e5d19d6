import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import type { ApiOptions } from '../src/api/server.ts';
import { createApi } from '../src/api/server.ts';

export interface RecordedAnswer {
  readonly path: string;
  readonly type: string;
  readonly body: string;
  /** Every statement that the answer took, the check of the token included. */
  readonly statements: readonly { readonly text: string; readonly values: readonly unknown[] }[];
}

/** Records the API's queries and its answers, path by path. */
export async function recordAnswers(
  options: ApiOptions,
  token: string,
  paths: readonly string[],
): Promise<RecordedAnswer[]> {
  // Queries of the server's background work belong to no answer.
  const asking = new AsyncLocalStorage<{ text: string; values: readonly unknown[] }[]>();
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [text, values] = given;
    if (typeof text === 'string') asking.getStore()?.push({ text, values: Array.isArray(values) ? values : [] });
    return Reflect.apply(query, this, given);
  };
  const app = await createApi(options);
  const answers: RecordedAnswer[] = [];
  try {
    const ask = (url: string) => app.inject({ url, headers: { authorization: `Bearer ${token}` } });
    for (const path of paths) {
      // The first answer may take looks that are shared with those that follow at once.
      await ask(path);
      const statements: { text: string; values: readonly unknown[] }[] = [];
      const { statusCode, headers, body } = await asking.run(statements, async () => await ask(path));
      if (statusCode !== 200) throw new Error(`${path} answers ${statusCode}: ${body}`);
      answers.push({ path, type: String(headers['content-type']), body, statements });
    }
    return answers;
  } finally {
    pg.Client.prototype.query = query;
    await app.close();
  }
}
