/**
 * Every effect that a loop has on the world, in the order a machine's life meets them. The crash test kills the
 * server before and after each of them, and one turn of the loops later looks whether anything is twice, lost or left.
 */
export const steps = [
  'host.ensureStorage',
  'host.ensureNetwork',
  'host.deleteNetwork',
  'image.build',
  'image.endTest',
  'image.delete',
  'template.importGolden',
  'template.createDisk',
  'template.start',
  'template.save',
  'template.markReady',
  'template.destroy',
  'template.deleteVolumes',
  'template.deleteGolden',
  'pool.beginRollout',
  'pool.createMachine',
  'pool.stopRollout',
  'pool.finishRollout',
  'machine.createDisk',
  'machine.fork',
  'machine.boot',
  'machine.markPainted',
  'machine.identify',
  'machine.createProfile',
  'machine.attachProfile',
  'machine.adopt',
  'machine.attachNic',
  'machine.markReady',
  'machine.leave',
  'machine.shutdown',
  'machine.markRestarted',
  'machine.destroy',
  'machine.releaseProfile',
  'machine.deleteDisk',
  'machine.deleteRow',
  'session.assign',
  'session.claimProfile',
  'session.end',
] as const;
export type Step = (typeof steps)[number];

/** Runs an effect under its name; the crash test's own runner dies before or after it. */
export type StepRunner = <T>(step: Step, effect: () => Promise<T>) => Promise<T>;

export const runStep: StepRunner = (_step, effect) => effect();
