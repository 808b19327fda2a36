import { readFileSync, rmSync } from 'node:fs';
import { runStep, type Step, type StepRunner } from '@orangery/control';
import type { Config } from './config.ts';

/**
 * Sends this process a signal before or after the step that the crash test has written into a file (`STEP:before:SIGKILL`)
 * by the time it is met, once. By SIGKILL it dies; by SIGSTOP it stands still, in the middle of everything, until the
 * test, which has killed something else meanwhile, sends SIGCONT.
 */
export function stepRunner(file: Config['crashFile']): StepRunner {
  if (file === undefined) return runStep;
  const meet = (step: Step, when: 'before' | 'after'): void => {
    const signal = (['SIGKILL', 'SIGSTOP'] as const).find((each) => read(file) === `${step}:${when}:${each}`);
    if (signal === undefined) return;
    rmSync(file);
    // The signal is delivered when this system call returns: nothing below runs before the test says so.
    process.kill(process.pid, signal);
  };
  return async (step, effect) => {
    meet(step, 'before');
    const value = await effect();
    meet(step, 'after');
    return value;
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The test asks for nothing.
    return '';
  }
}
