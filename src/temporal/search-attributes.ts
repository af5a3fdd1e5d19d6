import { type Client, ServiceError } from '@temporalio/client';
import type { Logger } from 'pino';
import { searchAttributes } from './names.ts';

const keyword = 2; // temporal.api.enums.v1.IndexedValueType

/**
 * Registers Coppice's search attributes where that is allowed. Where it is not (Temporal Cloud, a locked-down server)
 * and nobody has made them, runs simply go without. Returns whether the namespace has them.
 */
export async function registerSearchAttributes(client: Client, log: Logger): Promise<boolean> {
  const { namespace } = client.options;
  const { operatorService } = client.connection;
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing = Object.keys(searchAttributes).filter((name) => customAttributes?.[name] === undefined);
    if (missing.length === 0) return true;
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
    return true;
  } catch (error) {
    const reason = error instanceof ServiceError || error instanceof Error ? error.message : String(error);
    log.warn(
      { reason, attributes: Object.keys(searchAttributes) },
      'search attributes are not available; going without',
    );
    return false;
  }
}
