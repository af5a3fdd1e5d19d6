import { StoreError } from '../../domain/store-errors.ts';
import { maskValues } from '../mask-values.ts';

/** A request that never got an answer: refused, reset, no such name, a broken transport. */
export function unreachable(where: string, cause: unknown): StoreError {
  const code = transportCode(cause);
  return new StoreError('ConnectionError', `${where} cannot be reached (${code ?? 'no answer'}): is it running?`, {
    cause,
    code,
  });
}

export function tooLate(where: string, timeoutMs: number): StoreError {
  return new StoreError('TimeoutError', `${where} did not answer within ${timeoutMs} ms`);
}

/** An answer whose status says that the request failed. */
export function fromStatus(where: string, status: number, body: unknown): StoreError {
  const storeText = spoken(body);
  const said = maskValues(storeText);
  const code = String(status);
  if (status === 401 || status === 403) {
    const advice = status === 401 ? 'set a valid API key' : 'grant its role what the message names';
    return new StoreError('StoreRefusedError', `${where} refused the API key (${code}): ${advice}. ${said}`, {
      code,
      storeText,
    });
  }
  if (status === 404) {
    return new StoreError('StoreRefusedError', `${where}: not found; check the class name and the address. ${said}`, {
      ...{ code, storeText },
    });
  }
  if (status === 400 || status === 413 || status === 422) {
    return new StoreError('StoreRefusedError', `${where} refused the request (${code}): ${said}`, { code, storeText });
  }
  if (status === 502 || status === 503 || status === 504 || (status === 500 && STARTING.test(said))) {
    return new StoreError('ConnectionError', `${where} is not ready (${code}): ${said}`, { code, storeText });
  }
  return fromMessage(where, storeText, code);
}

/** An error reported inside an answer that itself succeeded: GraphQL, or one object of a batch. */
export function fromMessage(where: string, message: string, code: string | null = null): StoreError {
  const said = maskValues(message);
  if (/stopwords/i.test(said)) {
    const advice = 'the property is tokenized and this id has no word in it; re-create it with `field` tokenization';
    return new StoreError('StoreRefusedError', `${where}: ${advice}. ${said}`, { code, storeText: message });
  }
  if (/maximum results exceeded/i.test(said)) {
    return new StoreError('StoreRefusedError', `${where}: raise QUERY_MAXIMUM_RESULTS to 10000. ${said}`, {
      code,
      storeText: message,
    });
  }
  if (REFUSED.test(said))
    return new StoreError('StoreRefusedError', `${where} refused: ${said}`, { code, storeText: message });
  if (/deadline exceeded|timed? ?out/i.test(said)) {
    return new StoreError('TimeoutError', `${where} ran out of time: ${said}`, { code, storeText: message });
  }
  if (STARTING.test(said))
    return new StoreError('ConnectionError', `${where} is not ready: ${said}`, { code, storeText: message });
  return new StoreError('WeaviateError', `${where} failed: ${said}`, { code, storeText: message });
}

const STARTING = /not ready|starting|shutting ?down|leader not found|no leader|connection refused|no such host/i;
const REFUSED =
  /cannot query field|requires inverted index|dimensions do not match|vector length|invalid object|forbidden|unauthorized|failed to get class/i;

function transportCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return transportCode(error.errors[0]);
  return error.cause === undefined ? null : transportCode(error.cause);
}

/** `{"error":[{"message"}]}`, `{"message"}`, `{"code","message"}`, or plain text. */
function spoken(body: unknown): string {
  if (typeof body === 'string') return body;
  if (typeof body !== 'object' || body === null) return '';
  const errors = 'error' in body ? body.error : 'message' in body ? body.message : '';
  const list = Array.isArray(errors) ? errors : [errors];
  const words = list.map((each: unknown) => {
    if (typeof each === 'object' && each !== null && 'message' in each) return String(each.message);
    return String(each);
  });
  return words.join('; ');
}
