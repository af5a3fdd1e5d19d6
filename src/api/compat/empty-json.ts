import type { Api } from '../types.ts';

/** `curl -X POST -H 'Content-Type: application/json'` sends no body: for these URLs that is the same as no content type. */
export function acceptEmptyJson(app: Api): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, typeof body === 'string' ? body : body.toString('utf8'), done);
  });
}
