/** A client as a team has that comes from an in-process job framework: its URLs and its words, and nothing else. */
export class BackgroundJobsClient {
  readonly #base: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#base = `${url}/api/v1/background-jobs`;
    this.#token = token;
  }

  async #call(method: string, path: string, body?: unknown) {
    const response = await fetch(this.#base + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      // Such clients send a body with every POST.
      ...(method === 'POST' ? { body: JSON.stringify(body ?? null) } : {}),
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests look at documents whose shape they assert.
    const json: any = await response.json();
    if (!response.ok) throw new Error(`${response.status} ${json.detail}`);
    return json;
  }

  health = () => this.#call('GET', '/health');
  jobs = () => this.#call('GET', '/jobs');
  job = (id: string) => this.#call('GET', `/jobs/${id}`);
  execute = (id: string, body?: unknown) => this.#call('POST', `/jobs/${id}/execute`, body);
  enable = (id: string) => this.#call('POST', `/jobs/${id}/enable`);
  disable = (id: string) => this.#call('POST', `/jobs/${id}/disable`);
  running = () => this.#call('GET', '/executions/running');
  summary = () => this.#call('GET', '/stats/summary');
}
