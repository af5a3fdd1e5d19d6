import { z } from 'zod';
import { isFinal } from '../../domain/run.ts';
import { insightSummary as summaryOf } from '../../operations/intelligence/insights.ts';
import {
  generatedReport,
  generateReports,
  listReports,
  reportAsHtml,
  reportAsMarkdown,
  showReport,
} from '../../operations/intelligence/reports.ts';
import { longestWaitSeconds, waitForRun } from '../answer-run.ts';
import { refusal } from '../openapi.ts';
import { id, name } from '../schemas/common.ts';
import { insightScope, insightSummary, report, reportEntry, reportType } from '../schemas/intelligence.ts';
import { run as runSchema } from '../schemas/run.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['intelligence'];
/** `generate` is no id of a report: under that path nothing can be read. */
const oneReport = '/reports/:report(^[0-9a-f]+$)';
const params = z.strictObject({ report: id.describe('The id of a report.') });
const summaryQuery = z.strictObject({
  period_days: z.coerce.number().int().min(1).max(92).default(7),
  user: name.optional().describe('Only the questions of this user.'),
});
const listQuery = z.strictObject({
  report_type: reportType.optional(),
  scope: insightScope.optional(),
  user: name.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const generateBody = z
  .strictObject({
    report_type: reportType.default('weekly'),
    scope: insightScope.default('user'),
    user: name.optional().describe('Without it the user that the token is limited to, else every user.'),
  })
  .nullish();

const textOf = (type: 'text/html' | 'text/markdown') => ({
  description: 'The report.',
  content: { [type]: { schema: z.string() } },
});

/** Text of a store is shown in a page without scripts, without an origin, and without anything from elsewhere. */
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox";

/** Insights and reports about questions (`/api/v2/`). */
export function intelligenceRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/insights/summary',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Topics of the last days, and what changed',
        description:
          'A token that is limited to users gets what concerns them. Any other gets what at least `minimum_users` of ' +
          '`insight-generation` share, unless a user is named.',
        querystring: summaryQuery,
        response: { 200: insightSummary, 404: refusal(404) },
      },
    },
    async (request) => {
      const { period_days: periodDays, user = null } = request.query;
      return wire(await summaryOf(contextOf(request), { periodDays, user }));
    },
  );
  app.post(
    '/reports/generate',
    {
      config: { scope: 'run' },
      schema: {
        tags,
        summary: 'Write a report up to today',
        description: `Waits up to ${longestWaitSeconds} seconds for the run that writes it.`,
        body: generateBody,
        response: {
          200: z.object({ data: report }).describe('The report; the first one where every user has one.'),
          202: runSchema.describe('The run goes on, or has failed. `Location` is where to look.'),
        },
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const { report_type: type = 'weekly', scope = 'user', user = null } = request.body ?? {};
      const asked = { reportType: type, scope, user };
      const started = await generateReports(context, asked);
      const run = await waitForRun(context, request, started, longestWaitSeconds);
      reply.header('location', `/api/v1/runs/${encodeURIComponent(run.run_id)}`);
      if (!isFinal(run.status) || run.status !== 'success') return reply.code(202).send(wire(run));
      return reply.send(wire({ data: await generatedReport(context, asked) }));
    },
  );
  app.get(
    '/reports',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Reports without their texts, the latest period first',
        querystring: listQuery,
        response: { 200: z.object({ data: z.array(reportEntry) }), 404: refusal(404) },
      },
    },
    async (request) => {
      const { report_type: type = null, scope = null, user = null, limit } = request.query;
      return wire(await listReports(contextOf(request), { reportType: type, scope, user, limit }));
    },
  );
  app.get(
    oneReport,
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'One report', params, response: { 200: z.object({ data: report }) } },
    },
    async (request) => wire({ data: await showReport(contextOf(request), request.params.report) }),
  );
  app.get(
    `${oneReport}/markdown`,
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'One report as Markdown', params, response: { 200: textOf('text/markdown') } },
    },
    async (request, reply) => {
      const text = await reportAsMarkdown(contextOf(request), request.params.report);
      return reply.header('content-type', 'text/markdown; charset=utf-8').send(text);
    },
  );
  app.get(
    `${oneReport}/html`,
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'One report as a page of its own', params, response: { 200: textOf('text/html') } },
    },
    async (request, reply) => {
      const page = await reportAsHtml(contextOf(request), request.params.report);
      return reply
        .header('content-type', 'text/html; charset=utf-8')
        .header('content-security-policy', pagePolicy)
        .send(page);
    },
  );
}
