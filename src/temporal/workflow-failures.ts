import { DefaultFailureConverter } from '@temporalio/common';

/**
 * The failure converter within the workflow bundle, which is built ahead and reads no environment: a worker that encrypts
 * puts `sealed` in the place of this word when it loads the bundle.
 */
const mode: string = 'coppice-failures-plain';

export const failureConverter = new DefaultFailureConverter({
  encodeCommonAttributes: mode === ['coppice', 'failures', 'sealed'].join('-'),
});
