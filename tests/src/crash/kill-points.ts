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
  /** A new version of the image appears: it is built, brought to the host, booted and saved. */
  | 'newImage';

export type KillPoint = { step: Step; when: 'before' | 'after'; flow: Flow };

/** Each step has a flow, or the compiler refuses: a new step is covered once somebody says how to reach it. */
const FLOWS: Record<Step, Flow> = {
  'host.ensureStorage': 'start',
  'host.ensureNetwork': 'start',
  'image.build': 'newImage',
  'template.importGolden': 'newImage',
  'template.createDisk': 'newImage',
  'template.start': 'newImage',
  'template.save': 'newImage',
  'template.markReady': 'newImage',
  'template.destroy': 'newImage',
  'template.deleteVolumes': 'newImage',
  'pool.createMachine': 'replace',
  'machine.createDisk': 'replace',
  'machine.fork': 'replace',
  'machine.markPainted': 'replace',
  'machine.identify': 'replace',
  'machine.attachNic': 'replace',
  'machine.markReady': 'replace',
  'machine.destroy': 'replace',
  'machine.deleteDisk': 'replace',
  'machine.deleteRow': 'replace',
  'session.assign': 'wait',
  'session.end': 'loseMachine',
};

const all: readonly KillPoint[] = steps.flatMap((step) =>
  (['before', 'after'] as const).map((when) => ({ step, when, flow: FLOWS[step] })),
);

/** Points whose repair takes seconds. */
export const quick = all.filter(({ flow }) => flow !== 'newImage');

/** Points whose repair boots a template: a minute each. */
export const slow = all.filter(({ flow }) => flow === 'newImage');

const DAY_MS = 86_400_000;

/** So many of the points or one more, others each day, so that all are met within as many days as lie between two. */
export function ofDay(points: readonly KillPoint[], count: number, nowMs: number): KillPoint[] {
  const day = Math.floor(nowMs / DAY_MS);
  const apart = Math.floor(points.length / count);
  return points.filter((_, index) => index % apart === day % apart);
}
