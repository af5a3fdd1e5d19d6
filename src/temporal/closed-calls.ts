import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

type Interceptor = ReturnType<typeof makeGrpcRetryInterceptor>;
type Call = ReturnType<Parameters<Interceptor>[1]>;
type Made = ReturnType<Interceptor>;

const cancelled = 1; // grpc.status

/**
 * A call that is open while its connection closes fails, and the SDK tries it again from a timer. There the closed channel throws an
 * error that nobody can catch, and the process would end with a stack trace: such a call ends as cancelled instead.
 */
export function callInterceptors(): Interceptor[] {
  // The first is the outermost: each try of the SDK passes the second one.
  return [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), endOnClosedChannel];
}

const endOnClosedChannel: Interceptor = (options, nextCall) => {
  try {
    return nextCall(options) as Made;
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error);
    const call: Pick<Call, 'start' | 'sendMessage' | 'halfClose' | 'cancelWithStatus' | 'getPeer'> = {
      start: (metadata, listener) => listener?.onReceiveStatus?.({ code: cancelled, details, metadata }),
      sendMessage: () => {},
      halfClose: () => {},
      cancelWithStatus: () => {},
      getPeer: () => '',
    };
    return call as Made;
  }
};
