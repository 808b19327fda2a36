import { type Step, steps } from '@orangery/control';

/** What a test does so that the server meets a step. */
export type Flow =
  /** A free machine is deleted: its pool makes another. */
  | 'replace'
  /** A person opens a desktop while no machine is free. */
  | 'wait'
  /** The machine under a session is deleted. */
  | 'loseMachine'
  /** The server starts. */
  | 'start'
  /** A person whose files follow them opens a desktop. */
  | 'bring'
  /** A person whose files follow them logs off. */
  | 'leave'
  /** A person opens a machine of their own: it is made, and boots. */
  | 'own'
  /** The same, in a pool whose machines are copies of the image. */
  | 'ownCopy'
  /** A person leaves a machine of their own: it is shut down. */
  | 'ownOff'
  /** A window opens over a machine of one's own: its maintenance is planned, runs and ends. */
  | 'maintain'
  /** Somebody wants the maintenance of a machine that is off: it is switched on for it. */
  | 'maintainOff'
  /** Somebody ends a maintenance that runs. */
  | 'maintainStop'
  /** A pool's machines go back from a network of its own to the shared one. */
  | 'dropNetwork'
  /** A person restarts a machine of their own. */
  | 'ownRestart'
  /** A person opens an application: a program is shown alone. */
  | 'application'
  /** An old version of the image is deleted. */
  | 'dropVersion'
  /** A new version of the image appears: it is built, brought to the host, booted and saved. */
  | 'newImage'
  /** A version whose file is gone is made current: its roll-out stops by itself. */
  | 'brokenImage'
  /** Somebody imports an image, and deletes it. */
  | 'bringImage'
  /** Somebody changes a version in a machine of its own, and publishes it. */
  | 'author'
  /** The same, until its guest is ready to be changed; then it is discarded. */
  | 'change'
  /** Somebody begins an image from an installer, and discards it. */
  | 'install';

export type KillPoint = { step: Step; when: 'before' | 'after'; flow: Flow };

/** Each step has a flow, or the compiler refuses: a new step is covered once somebody says how to reach it. */
const FLOWS: Record<Step, Flow> = {
  'host.ensureStorage': 'start',
  'host.ensureNetwork': 'start',
  'host.deleteNetwork': 'dropNetwork',
  'image.build': 'newImage',
  'image.adopt': 'bringImage',
  'image.endTest': 'newImage',
  'image.delete': 'dropVersion',
  'draft.importMedium': 'install',
  'draft.createDisk': 'install',
  'draft.start': 'install',
  'draft.unlock': 'change',
  'draft.seal': 'author',
  'draft.shutdown': 'author',
  'draft.flatten': 'author',
  'draft.fetch': 'author',
  'draft.finish': 'author',
  'draft.destroy': 'install',
  'draft.deleteVolumes': 'install',
  'draft.deleteRow': 'install',
  'template.importGolden': 'newImage',
  'template.createDisk': 'newImage',
  'template.start': 'newImage',
  'template.readPrograms': 'newImage',
  'template.save': 'newImage',
  'template.markReady': 'newImage',
  'template.destroy': 'newImage',
  'template.deleteVolumes': 'newImage',
  'template.deleteGolden': 'newImage',
  'pool.beginRollout': 'brokenImage',
  'pool.createMachine': 'replace',
  'pool.stopRollout': 'brokenImage',
  'pool.finishRollout': 'newImage',
  'machine.createDisk': 'replace',
  'machine.copyDisk': 'ownCopy',
  'machine.fork': 'replace',
  'machine.boot': 'own',
  'machine.markPainted': 'replace',
  'machine.identify': 'replace',
  'machine.ownAccount': 'own',
  'machine.createProfile': 'bring',
  'machine.attachProfile': 'bring',
  'machine.adopt': 'bring',
  'machine.arrange': 'application',
  'machine.attachNic': 'replace',
  'machine.markReady': 'replace',
  'machine.leave': 'leave',
  'machine.shutdown': 'ownOff',
  'machine.markRestarted': 'ownRestart',
  'machine.destroy': 'replace',
  'machine.releaseProfile': 'leave',
  'machine.deleteDisk': 'replace',
  'machine.deleteRow': 'replace',
  'session.assign': 'wait',
  'session.claimProfile': 'bring',
  'session.end': 'loseMachine',
  'window.plan': 'maintain',
  'maintenance.wake': 'maintainOff',
  'maintenance.start': 'maintain',
  'maintenance.stop': 'maintainStop',
  'maintenance.finish': 'maintain',
};

const all: readonly KillPoint[] = steps.flatMap((step) =>
  (['before', 'after'] as const).map((when) => ({ step, when, flow: FLOWS[step] })),
);

/** Ways on which a guest boots: a minute each. */
const SLOW_FLOWS: readonly Flow[] = [
  'newImage',
  'own',
  'ownCopy',
  'ownOff',
  'ownRestart',
  'author',
  'change',
  'maintain',
  'maintainOff',
  'maintainStop',
];

export const isSlow = ({ flow }: KillPoint): boolean => SLOW_FLOWS.includes(flow);

/** Points whose repair takes seconds. */
export const quick = all.filter((point) => !isSlow(point));

export const slow = all.filter(isSlow);

const DAY_MS = 86_400_000;

/** So many of the points or one more, others each day, so that all are met within as many days as lie between two. */
export function ofDay(points: readonly KillPoint[], count: number, nowMs: number): KillPoint[] {
  const day = Math.floor(nowMs / DAY_MS);
  const apart = Math.floor(points.length / count);
  return points.filter((_, index) => index % apart === day % apart);
}
