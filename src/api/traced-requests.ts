import {
  context,
  defaultTextMapGetter,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { tracer } from '../telemetry/spans.ts';
import type { Api } from './types.ts';

/** Polls of health and metrics would outnumber the requests of people. */
const traced = '/api/';

/**
 * Each call of the API is a span, by its method and the pattern of its route: what stands in the address may name a
 * workspace. A caller that traces is its parent (`traceparent`).
 */
export function traceRequests(app: Api): void {
  const spans = new WeakMap<object, Span>();
  app.addHook('onRequest', (request, _reply, done) => {
    const { url: route = '' } = request.routeOptions;
    if (!route.startsWith(traced)) return done();
    const { method } = request;
    const attributes = { 'http.request.method': method, 'http.route': route };
    const parent = propagation.extract(context.active(), request.headers, defaultTextMapGetter);
    const span = tracer().startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    spans.set(request, span);
    context.with(trace.setSpan(parent, span), done);
  });
  app.addHook('onResponse', async (request, reply) => {
    const span = spans.get(request);
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  });
}
