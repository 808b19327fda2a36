import { MEASURED, scaled } from './guests.ts';
import { type LogonProfile, seeded, visits } from './profile.ts';
import type { Tally } from './people.ts';
import { record, type Recording } from './recorder.ts';
import { type SceneOptions, StormScene } from './scene.ts';
import { brokenPromises, differences, readyTimes } from './witness.ts';

/** After the last person, until rows and hosts are one again. */
const SETTLE_MS = 300_000;

export type StormOptions = Omit<SceneOptions, 'people'> & {
  profile: LogonProfile;
  /** The morning goes so many times as fast, and so do the hosts. */
  speed: number;
  seed: number;
  prepareMs: number;
  onProgress: (line: string) => void;
};

export type Storm = {
  options: StormOptions;
  recording: Recording;
  tally: Tally;
  /** Milliseconds from the click to the ready machine. */
  readyMs: number[];
  /** How long the machines took that were to be ready before anybody came, in real seconds. */
  preparedS: number;
  broken: string[];
  differences: string[];
};

export const defaults: Omit<StormOptions, 'onProgress'> = {
  profile: {
    people: 10_000,
    minutes: 60,
    shape: 'normal',
    doubleClicks: 0.1,
    leaving: 0.1,
    stayMinutes: 20,
  },
  speed: 6,
  seed: 1,
  hosts: 10,
  hostCpus: 64,
  startingCpus: 1,
  runningCpus: 0.04,
  delays: MEASURED,
  pools: 4,
  readyCount: 1_000,
  machinesMax: 12_000,
  prepareMs: 900_000,
};

/** Replays a morning against a server of its own, and looks whether what it promises held. */
export async function simulate(options: StormOptions): Promise<Storm> {
  const { profile, speed, seed, onProgress } = options;
  onProgress(`starts ${options.hosts} hosts, and a server for ${profile.people} people`);
  const scene = await StormScene.create({
    ...options,
    people: profile.people,
    delays: scaled(options.delays, speed),
  });
  try {
    const beganMs = performance.now();
    onProgress(`waits for ${options.readyCount} ready machines`);
    await scene.prepared(options.prepareMs);
    const preparedS = (performance.now() - beganMs) / 1000;
    onProgress(
      `${options.readyCount} machines were ready after ${Math.round(preparedS)} s; people come for ${Math.round((profile.minutes * 60) / speed)} s`,
    );
    const recorder = record([scene.installation], scene.tally);
    await scene.play(visits(profile, seeded(seed)), speed);
    const recording = await recorder.stop();
    onProgress('everybody was served or gave up; waits for rows and hosts to be one');
    const { db } = scene.installation;
    await scene.installation
      .until('rest', async () => (await differences(db, scene.hosts)).length === 0, SETTLE_MS)
      // What is still different is told below.
      .catch(() => {});
    return {
      options,
      recording,
      preparedS,
      tally: scene.tally,
      readyMs: await readyTimes(db),
      broken: await brokenPromises(db),
      differences: await differences(db, scene.hosts),
    };
  } finally {
    await scene.close();
  }
}
