/** Run as a process of its own: a bare Fastify server that makes recorded statements and sends recorded answers. */
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import pg from 'pg';
import { z } from 'zod';

const [file = '', databaseUrl = ''] = process.argv.slice(2);
const recorded = z
  .array(
    z.object({
      path: z.string(),
      type: z.string(),
      body: z.string(),
      statements: z.array(z.object({ text: z.string(), values: z.array(z.unknown()) })),
    }),
  )
  .parse(JSON.parse(readFileSync(file, 'utf8')));
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
const app = Fastify();
const answers = new Map(recorded.map((one) => [one.path, one]));
app.get('/*', async (request, reply) => {
  const answer = answers.get(request.url);
  if (answer === undefined) return reply.code(404).send();
  for (const { text, values } of answer.statements) await pool.query(text, values);
  return reply.type(answer.type).send(answer.body);
});
process.stdout.write(`${JSON.stringify({ url: await app.listen({ host: '127.0.0.1', port: 0 }) })}\n`);
