import type { StepRunner } from '@orangery/control';
import { runStep } from '@orangery/control';
import type { Config } from './config.ts';

/** Dies at once, as by kill -9, before or after the step that the crash test names. */
export function stepRunner(crashAt: Config['crashAt']): StepRunner {
  if (crashAt === undefined) return runStep;
  const die = (): never => {
    process.kill(process.pid, 'SIGKILL');
    // The signal is delivered when this system call returns; nothing below runs.
    for (;;);
  };
  return async (step, effect) => {
    if (step === crashAt.step && crashAt.when === 'before') die();
    const value = await effect();
    if (step === crashAt.step && crashAt.when === 'after') die();
    return value;
  };
}
