/** The end-to-end files of `npm test`: one path per job, the command line and the API. `npm run test:all` runs them all. */
export const quickFiles: readonly string[] = [
  'test/e2e/schedule.e2e.test.ts',
  'test/e2e/undo.e2e.test.ts',
  'test/e2e/document-refresh.e2e.test.ts',
  'test/e2e/groups.e2e.test.ts',
  'test/e2e/tasks.e2e.test.ts',
  'test/e2e/intelligence.e2e.test.ts',
  'test/api/answers.e2e.test.ts',
];
