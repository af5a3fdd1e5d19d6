import { describe, expect, it } from 'vitest';
import { JoinedComputations } from '../../src/api/joined-requests.ts';

/** Computations that end when the test says so. */
function controlled() {
  const begun: { resolve(answer: string): void; reject(error: Error): void }[] = [];
  const compute = () =>
    new Promise<string>((resolve, reject) => {
      begun.push({ resolve, reject });
    });
  return { begun, compute };
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('joined requests', () => {
  it('shares the next computation between all that come during one, and none of them gets the earlier answer', async () => {
    const joined = new JoinedComputations<string>();
    const { begun, compute } = controlled();
    const first = joined.get('list', compute);
    const later = Array.from({ length: 20 }, () => joined.get('list', compute));
    expect(begun).toHaveLength(1);
    begun[0]?.resolve('before');
    await settled();
    expect(begun).toHaveLength(2);
    begun[1]?.resolve('after');
    expect(await first).toBe('before');
    expect(new Set(await Promise.all(later))).toEqual(new Set(['after']));
  });

  it('computes each key by itself', async () => {
    const joined = new JoinedComputations<string>();
    const { begun, compute } = controlled();
    const answers = [joined.get('token-1 /runs', compute), joined.get('token-2 /runs', compute)];
    expect(begun).toHaveLength(2);
    begun[0]?.resolve('one');
    begun[1]?.resolve('two');
    expect(await Promise.all(answers)).toEqual(['one', 'two']);
  });

  it('hands a failure to those who shared the computation, and computes anew for those who came later', async () => {
    const joined = new JoinedComputations<string>();
    const { begun, compute } = controlled();
    const first = joined.get('list', compute);
    const second = joined.get('list', compute);
    begun[0]?.reject(new Error('connection lost'));
    await expect(first).rejects.toThrow('connection lost');
    await settled();
    begun[1]?.resolve('fine');
    expect(await second).toBe('fine');
    const third = joined.get('list', compute);
    expect(begun).toHaveLength(3);
    begun[2]?.resolve('again');
    expect(await third).toBe('again');
  });
});
