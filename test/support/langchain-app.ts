import { startModelStandIn } from './model-stand-in.ts';
import { runPython } from './python.ts';

/** An operation of `test/python/langchain_app.py` on one of the application's collections. */
export type LangchainOperation = readonly [
  name: 'add' | 'search' | 'delete',
  collection: string,
  args: Readonly<Record<string, unknown>>,
];

export interface Chunk {
  readonly id: string;
  readonly text: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An application with LangChain's PGVector. Each call is a new process of it. */
export interface LangchainApp {
  // biome-ignore lint/suspicious/noExplicitAny: tests look at documents whose shape they assert.
  run(databaseUrl: string, ...operations: LangchainOperation[]): Promise<any[]>;
  stop(): Promise<void>;
}

export async function startLangchainApp(python: string): Promise<LangchainApp> {
  const models = await startModelStandIn();
  return {
    run: (databaseUrl, ...operations) => {
      const settings = { database_url: databaseUrl, models_url: models.url };
      return runPython(python, 'langchain_app.py', { settings, operations }, {});
    },
    stop: () => models.stop(),
  };
}
