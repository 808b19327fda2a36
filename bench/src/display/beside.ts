import { connect } from 'node:net';
import { systemClock } from '@orangery/std';
import type { Recording } from './recording.ts';
import { Stage } from './stage.ts';
import { TightViewer } from './tight.ts';
import { watch } from './watcher.ts';

/** What comes late is of the workload, too: a picture that was lossy while it moved is made exact in this time. */
const REST_MS = 3_000;
const FIRST_MS = 2_000;

export type Beside = { ours: number; tight: number; ourUpdates: number; tightUpdates: number };

/** Plays a recording on a QEMU's screen, at its pace, and counts what both viewers of it are sent, without the first picture. */
export async function playBeside({ width, height, updates }: Recording): Promise<Beside> {
  const stage = await Stage.open(width, height);
  const tight = new TightViewer(connect(stage.console));
  let messages = 0;
  const ours = watch(connect(stage.console), () => (messages += 1));
  try {
    let startMs: number | undefined;
    let before = { ours: 0, tight: 0, messages: 0, updates: 0 };
    for (const update of updates) {
      if (startMs === undefined) {
        await stage.draw(update);
        await systemClock.sleep(FIRST_MS);
        before = { ours: ours.bytes(), tight: tight.bytes, messages, updates: tight.updates };
        startMs = performance.now() - 1000 * update.seconds;
        continue;
      }
      const waitMs = startMs + 1000 * update.seconds - performance.now();
      if (waitMs > 1) await systemClock.sleep(waitMs);
      await stage.draw(update);
    }
    await systemClock.sleep(REST_MS);
    return {
      ours: ours.bytes() - before.ours,
      tight: tight.bytes - before.tight,
      ourUpdates: messages - before.messages,
      tightUpdates: tight.updates - before.updates,
    };
  } finally {
    ours.close();
    await stage.close();
  }
}
