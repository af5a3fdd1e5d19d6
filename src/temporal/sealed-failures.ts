import { DefaultFailureConverter } from '@temporalio/common';

/** Messages and stacks of errors become payloads, so that the codec reaches them. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
