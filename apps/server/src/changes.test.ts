import { describe, expect, it } from 'vitest';
import { Changes } from './changes.ts';

/** Whether it has resolved by now. */
async function resolved(promise: Promise<void>): Promise<boolean> {
  let is = false;
  void promise.then(() => {
    is = true;
  });
  for (let turns = 0; turns < 5; turns += 1) await Promise.resolve();
  return is;
}

describe('changes', () => {
  it('wake who waits for what changed, and nobody else', async () => {
    const changes = new Changes();
    const ada = changes.next(['session a', 'machine a']);
    const bob = changes.next(['session b']);
    changes.announce('machine a');
    expect(await resolved(ada.changed)).toBe(true);
    expect(await resolved(bob.changed)).toBe(false);
    changes.announce('session b');
    expect(await resolved(bob.changed)).toBe(true);
  });

  it('wake all who wait for the same, and everybody when anything may have changed', async () => {
    const changes = new Changes();
    const both = [changes.next(['a']), changes.next(['a', 'b'])];
    changes.announce('a');
    for (const { changed } of both) expect(await resolved(changed)).toBe(true);
    const other = changes.next(['c']);
    changes.announceAll();
    expect(await resolved(other.changed)).toBe(true);
  });

  it('are forgotten by who no longer waits', () => {
    const changes = new Changes();
    const waits = [changes.next(['a', 'b']), changes.next(['b'])];
    expect(changes.size).toBe(2);
    for (const { stop } of waits) stop();
    expect(changes.size).toBe(0);
  });
});
