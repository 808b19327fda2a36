import { constants, type Libvirt } from '@orangery/libvirt';
import { ManualClock } from '@orangery/std';
import { expect, test } from 'vitest';
import { trimMemory } from './trim.ts';

const MIB = 1 << 10;

/** A guest of 2 GiB that uses `used` MiB, and never gives its memory up below `floor` MiB. */
function guest({ used, floor = 0 }: { used?: number; floor?: number }) {
  const clock = new ManualClock();
  const asked: number[] = [];
  let actual = 2048 * MIB;
  const call = async (name: string, args: { memory?: bigint }): Promise<unknown> => {
    if (name === 'domainSetMemoryFlags') {
      asked.push(Number(args.memory) / MIB);
      actual = Math.max(Number(args.memory), floor * MIB);
      return {};
    }
    const { actualBalloon, usable } = constants.memoryStat;
    setImmediate(() => void clock.advance(1_000));
    return {
      stats: [
        { tag: actualBalloon, val: BigInt(actual) },
        ...(used === undefined ? [] : [{ tag: usable, val: BigInt(actual - used * MIB) }]),
      ],
    };
  };
  const client = { call } as unknown as Libvirt;
  return { asked, actual: () => actual / MIB, trim: () => trimMemory({ client, clock }, 'a machine') };
}

test('takes what the guest does not use, but a little, and gives it back', async () => {
  const { asked, actual, trim } = guest({ used: 500 });
  await trim();
  expect(asked).toEqual([628, 2048]);
  expect(actual()).toBe(2048);
});

test('a guest that gives up less has all of its memory in the end', async () => {
  const { asked, actual, trim } = guest({ used: 500, floor: 900 });
  await trim();
  expect(asked).toEqual([628, 2048]);
  expect(actual()).toBe(2048);
});

test('a guest that tells nothing of its memory, or has none to spare, is left alone', async () => {
  for (const used of [undefined, 2_000]) {
    const { asked, trim } = guest(used === undefined ? {} : { used });
    await trim();
    expect(asked).toEqual([]);
  }
});
