/** A plugin that `coppice.yaml` names cannot be used. The message names it, in one line. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly hint: string;
  constructor(
    specifier: string,
    reason: string,
    hint = 'See docs/add-a-job.md, or remove it from `plugins` in coppice.yaml.',
  ) {
    super(`plugin '${specifier}': ${oneLine(reason)}`);
    this.hint = hint;
  }
}

function oneLine(text: string): string {
  return text.split('\n')[0]?.trim() ?? '';
}

/** Of an error that code of a plugin threw, which may be anything. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
