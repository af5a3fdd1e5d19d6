/** One event as a browser's EventSource would dispatch it, or a comment, which it would not. */
export interface StreamedEvent {
  readonly type: string;
  readonly id: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at documents whose shape they assert.
  readonly data: any;
}

/** Reads a `text/event-stream`. Strict: a line that is no field of the format is an error. */
export async function* readEvents(response: Response): AsyncGenerator<StreamedEvent> {
  let rest = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) yield* eventsOf(block);
  }
  if (rest !== '') throw new Error(`the stream ends within an event: ${rest}`);
}

function* eventsOf(block: string): Generator<StreamedEvent> {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    if (line.startsWith(':')) {
      yield { type: 'comment', id: null, data: line.slice(1).trim() };
      continue;
    }
    const [, name, value] = /^(id|event|data|retry): (.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`no field of an event: ${line}`);
    fields.set(name, value);
  }
  const data = fields.get('data');
  if (data === undefined) return;
  yield { type: fields.get('event') ?? 'message', id: fields.get('id') ?? null, data: JSON.parse(data) };
}
