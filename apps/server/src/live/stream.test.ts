import { LIVE_SILENT_MS, type Topic, topics } from '@orangery/contract';
import { ManualClock } from '@orangery/std';
import { describe, expect, it } from 'vitest';
import { GAP_MS, LiveStream } from './stream.ts';

const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
};

function following(first: Topic[] = []) {
  const clock = new ManualClock();
  const stream = new LiveStream(clock, first);
  const events = stream.events();
  const heard: Topic[][] = [];
  let over = false;
  const read = async (): Promise<void> => {
    for await (const event of events) heard.push(event.topics);
    over = true;
  };
  return { clock, stream, heard, read, isOver: () => over };
}

describe('a stream of changes', () => {
  it('names at first all that may have changed before, then each change once', async () => {
    const { clock, stream, heard, read } = following(['pools', 'machines']);
    void read();
    await settled();
    expect(heard).toEqual([['pools', 'machines']]);
    await clock.advance(GAP_MS);
    await settled();
    stream.add(['sessions']);
    await settled();
    expect(heard[1]).toEqual(['sessions']);
    // What comes at once is one event.
    stream.add(['machines']);
    stream.add(['pools', 'machines']);
    await settled();
    expect(heard).toHaveLength(2);
    await clock.advance(GAP_MS);
    await settled();
    expect(heard[2]).toEqual(['machines', 'pools']);
  });

  it('keeps nothing of a million changes for a browser that does not read but what there is to know', async () => {
    const { stream, heard, read, clock } = following(['me']);
    for (let change = 0; change < 1_000_000; change += 1) stream.add([topics[change % topics.length]!]);
    void read();
    await settled();
    await clock.advance(GAP_MS);
    await settled();
    expect(heard).toHaveLength(1);
    expect(heard[0]?.toSorted()).toEqual(topics.toSorted());
  });

  it('says now and then that it is still there', async () => {
    const { clock, heard, read } = following();
    void read();
    await settled();
    await clock.advance(GAP_MS);
    await settled();
    await clock.advance(LIVE_SILENT_MS - 1);
    await settled();
    expect(heard).toEqual([[], []]);
  });

  it.each(['while it waits', 'in the pause after an event'])(
    'ends at once %s, with no timer left',
    async (when) => {
      const { clock, stream, read, isOver } = following();
      void read();
      await settled();
      if (when === 'while it waits') {
        await clock.advance(GAP_MS);
        await settled();
      }
      stream.end();
      stream.add(['me']);
      await settled();
      expect([isOver(), clock.pending]).toEqual([true, 0]);
    },
  );
});
