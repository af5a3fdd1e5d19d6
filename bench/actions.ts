/**
 * Billable actions as the server itself counts them: its metric `action` is made for that. The server's own workflows
 * (schedules, cleaning) live in another namespace.
 */
export async function countActions(metricsUrl: string | null): Promise<number | null> {
  if (metricsUrl === null) return null;
  const response = await fetch(metricsUrl);
  if (!response.ok) return null;
  let sum = 0;
  for (const line of (await response.text()).split('\n')) {
    if (line.startsWith('action{') && line.includes('namespace="default"')) sum += Number(line.split(' ').at(-1));
  }
  return sum;
}
