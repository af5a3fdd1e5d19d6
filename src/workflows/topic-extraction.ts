import type { JobInput, JobResult } from './input.ts';
import { sweep } from './sweep.ts';

/** Extracts topics from questions: the sweep, and nothing besides. */
export async function topicExtraction(input: JobInput = {}): Promise<JobResult> {
  return sweep('topic-extraction', input);
}
