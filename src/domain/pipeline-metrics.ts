/**
 * The log lines that people parse today:
 * `PIPELINE_METRICS: step=ttl_cleanup_job_start correlation_id=ttl_cleanup_3f9c job_id=ttl-cleanup`.
 */
export function pipelineMetricsLine(step: string, fields: Readonly<Record<string, MetricValue>>): string {
  const words = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
  return ['PIPELINE_METRICS:', `step=${step}`, ...words].join(' ');
}

/** A share is 0–1 and prints as `100.0%`. */
export type MetricValue = string | number | { readonly share: number };

function formatValue(value: MetricValue): string {
  return typeof value === 'object' ? `${(value.share * 100).toFixed(1)}%` : encodeValue(String(value));
}

/** The job and the whole id of the run: a part of the id would be another run's too. */
export function correlationId(job: string, runId: string): string {
  return `${stepPrefix(job)}_${runId.replaceAll('-', '')}`;
}

export function stepPrefix(job: string): string {
  return job.replaceAll('-', '_');
}

/** Percent-encodes every byte outside `[A-Za-z0-9_.:-]`, so that a workspace's name can forge neither field nor line. */
function encodeValue(value: string): string {
  let encoded = '';
  for (const byte of new TextEncoder().encode(value)) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9_.:-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
